import * as v from 'valibot';
import type { Measurement } from '#aws/metrics.ts';
import { PermanentError } from '#aws/permanent-error.ts';
import type { BusEvent } from '#aws/subscriber.ts';
import { measuresOf } from '#rollouts/measures.ts';
import { eventNameOf } from '#rollouts/rollout-events.ts';

const rolloutDetail = v.object({
  id: v.string(),
  mesh: v.string(),
  virtualNode: v.string(),
  startedAt: v.number(),
  endedAt: v.optional(v.number()),
  turnedBackAt: v.optional(v.number()),
  turnedBackBy: v.optional(v.string()),
  zeroAckedAt: v.optional(v.number()),
  steps: v.array(v.unknown()),
  stragglers: v.array(v.unknown()),
});

/** `detail` of a "Step Functions Execution Status Change" of the heal machine. */
const repairDetail = v.object({
  status: v.string(),
  name: v.string(),
  input: v.pipe(v.string(), v.parseJson(), v.object({ kind: v.string(), rolloutId: v.string() })),
});

/** An event of ours or of Step Functions that is not what its sender documents. */
export class EventNotMeasuredError extends PermanentError {
  override readonly name = 'EventNotMeasured';
}

/** Turns the events of rollouts, and the ends of repairs, into CloudWatch metrics; an event delivered twice counts twice. */
export const measureRollouts =
  (measure: (measurement: Measurement) => void) =>
  async (event: BusEvent): Promise<void> => {
    if (event.source === 'aws.states') return measureRepair(measure, read(repairDetail, event));
    const name = eventNameOf(event['detail-type']);
    if (name === undefined) return;
    const { mesh, virtualNode, id, ...rollout } = read(rolloutDetail, event);
    const measures = measuresOf(name, rollout);
    if (measures.length > 0)
      measure({ dimensions: { mesh, outcome: name }, about: { virtualNode, rollout: id }, measures });
  };

function measureRepair(
  measure: (measurement: Measurement) => void,
  { status, name, input }: v.InferOutput<typeof repairDetail>,
): void {
  measure({
    dimensions: { repair: input.kind, outcome: status.toLowerCase() },
    about: { rollout: input.rolloutId, execution: name },
    measures: [{ name: 'Repairs', unit: 'Count', value: 1 }],
  });
}

function read<S extends v.GenericSchema>(schema: S, { id, detail, 'detail-type': type }: BusEvent): v.InferOutput<S> {
  const result = v.safeParse(schema, detail);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new EventNotMeasuredError(`${type} ${id}: detail.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}
