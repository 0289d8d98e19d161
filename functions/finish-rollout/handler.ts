import * as v from 'valibot';
import { announcer } from '#aws/announcer.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { serviceLock } from '#aws/service-lock.ts';
import { splitStore } from '#aws/split-store.ts';
import { log } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { type FinishPorts, finishRollout } from './finish-rollout.ts';

const Input = v.strictObject({
  rolloutId: v.string(),
  outcome: v.picklist(['promoted', 'rolledBack', 'superseded', 'unrouted', 'failed']),
  reason: v.optional(v.string()),
});

function wiring(): FinishPorts {
  const items = table();
  return {
    rollouts: rolloutStore(items),
    lock: serviceLock(items),
    splits: splitStore(items),
    sidecars: proxyStore(items),
    push: publisher(),
    announcer: announcer(eventBridge, log),
    now: Date.now,
  };
}

export const handler = task(Input, finishRollout(wiring()));
