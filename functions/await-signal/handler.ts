import * as v from 'valibot';
import { rolloutStore } from '#aws/rollout-store.ts';
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

export const handler = task(Input, awaitSignal({ rollouts: rolloutStore(table()), wake, now: Date.now }));
