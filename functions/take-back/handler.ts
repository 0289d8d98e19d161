import * as v from 'valibot';
import { announcer } from '#aws/announcer.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { splitStore } from '#aws/split-store.ts';
import { log } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { type TakeBackPorts, takeBack } from './take-back.ts';

const Input = v.strictObject({ rolloutId: v.string(), action: v.picklist(['shift', 'tell']), reason: v.string() });

function wiring(): TakeBackPorts {
  const items = table();
  return {
    rollouts: rolloutStore(items),
    splits: splitStore(items),
    sidecars: proxyStore(items),
    push: publisher(),
    announcer: announcer(eventBridge, log),
  };
}

export const handler = task(Input, takeBack(wiring()));
