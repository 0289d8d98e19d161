import * as v from 'valibot';
import { alarms } from '#aws/alarms.ts';
import { announcer } from '#aws/announcer.ts';
import { cloudWatch } from '#aws/clients-cloudwatch.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { evidenceStore } from '#aws/evidence-store.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { log } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { trafficShift } from '#aws/traffic-shift.ts';
import { turnStore } from '#aws/turn-store.ts';
import { type ShiftPorts, shiftWeight } from './shift-weight.ts';

/** The state machine hands over all it holds; only the reason to turn back is read. */
const State = v.object({
  signal: v.optional(v.object({ reason: v.string() })),
  error: v.optional(v.object({ Error: v.string(), Cause: v.optional(v.string()) })),
});

/** The state machine hands over all that the last step answered; what it asks for now is read. */
const Ask = v.object({
  next: v.pipe(v.number(), v.integer(), v.minValue(0)),
  weight: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  check: v.picklist(['evidence', 'extended', 'nothing']),
});

const Input = v.variant('move', [
  v.strictObject({ rolloutId: v.string(), move: v.literal('step'), step: Ask }),
  v.strictObject({ rolloutId: v.string(), move: v.literal('promote') }),
  v.strictObject({ rolloutId: v.string(), move: v.literal('rollback'), state: State }),
]);

function wiring(): ShiftPorts {
  const items = table();
  return {
    rollouts: rolloutStore(items),
    traffic: trafficShift(),
    turns: turnStore(items),
    alarms: alarms(cloudWatch),
    evidence: evidenceStore(items),
    announcer: announcer(eventBridge, log),
    now: Date.now,
  };
}

export const handler = task(Input, shiftWeight(wiring()));
