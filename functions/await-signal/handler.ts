import * as v from 'valibot';
import { announcer } from '#aws/announcer.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { log } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { wake } from '#aws/wake.ts';
import { waitNames } from '#rollouts/rollout.ts';
import { awaitSignal } from './await-signal.ts';

const Input = v.strictObject({
  rolloutId: v.string(),
  wait: v.picklist(waitNames),
  token: v.string(),
  seconds: v.pipe(v.number(), v.minValue(1)),
});

const signals = awaitSignal({
  rollouts: rolloutStore(table()),
  announcer: announcer(eventBridge, log),
  wake,
  now: Date.now,
});

export const handler = task(Input, signals);
