import * as v from 'valibot';
import { announcer } from '#aws/announcer.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { serviceLock } from '#aws/service-lock.ts';
import { log } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { trafficShift } from '#aws/traffic-shift.ts';
import { turnStore } from '#aws/turn-store.ts';
import { wakeNext } from '#aws/wake-next.ts';
import { type FinishPorts, finishRollout } from './finish-rollout.ts';

const Input = v.strictObject({
  rolloutId: v.string(),
  outcome: v.picklist(['promoted', 'rolledBack', 'superseded', 'unrouted', 'failed']),
  reason: v.optional(v.string()),
});

function wiring(): FinishPorts {
  const items = table();
  const sidecars = proxyStore(items);
  return {
    rollouts: rolloutStore(items),
    lock: serviceLock(items),
    turns: turnStore(items),
    traffic: trafficShift(),
    sidecars,
    wakeNext,
    announcer: announcer(eventBridge, log),
    now: Date.now,
  };
}

export const handler = task(Input, finishRollout(wiring()));
