import { secretsManager } from '#aws/clients-secrets-manager.ts';
import { sqs } from '#aws/clients-sqs.ts';
import { messageQueue } from '#aws/message-queue.ts';
import { readNotifyConfig } from '#aws/notify-config.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { secrets } from '#aws/secrets.ts';
import { log, queue } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { type NotifyPorts, notify } from './notify.ts';
import { postJson } from './post-json.ts';

function wiring(): NotifyPorts {
  const { notifications, undelivered, allowPrivate } = readNotifyConfig();
  return {
    rollouts: rolloutStore(table()),
    queue: messageQueue(sqs, notifications),
    undelivered: messageQueue(sqs, undelivered),
    secret: secrets(secretsManager, Date.now),
    post: postJson({ allowPrivate }),
    now: Date.now,
    log,
  };
}

export const handler = queue(notify(wiring()));
