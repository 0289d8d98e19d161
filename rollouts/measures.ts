import type { RolloutEventName } from './rollout-events.ts';

/** One number for a dashboard. */
export interface Measure {
  readonly name:
    | 'Rollouts'
    | 'RolloutSeconds'
    | 'RolloutSteps'
    | 'SecondsToZero'
    | 'Stragglers'
    | 'Verdicts'
    | 'Regressions'
    | 'Repairs';
  readonly unit: 'Count' | 'Seconds';
  readonly value: number;
}

/** The part of a rollout's event that is measured. Times are epoch milliseconds. */
export interface Measured {
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly turnedBackAt?: number | undefined;
  readonly turnedBackBy?: string | undefined;
  readonly zeroAckedAt?: number | undefined;
  readonly steps: readonly unknown[];
  readonly stragglers: readonly unknown[];
}

const endings: ReadonlySet<RolloutEventName> = new Set(['promoted', 'rolledBack', 'superseded', 'unrouted', 'failed']);

/** What an event adds to the metrics: an ending all of its rollout's, anything on the way nothing. */
export function measuresOf(event: RolloutEventName, rollout: Measured): readonly Measure[] {
  if (event === 'regressed') return [count('Regressions', 1)];
  if (!endings.has(event)) return [];
  const { startedAt, endedAt, turnedBackAt, turnedBackBy, zeroAckedAt, steps, stragglers } = rollout;
  const isZeroed = event === 'rolledBack' && turnedBackAt !== undefined && zeroAckedAt !== undefined;
  return [
    count('Rollouts', 1),
    count('RolloutSteps', steps.length),
    ...(endedAt === undefined ? [] : [seconds('RolloutSeconds', endedAt - startedAt)]),
    ...(turnedBackBy === 'verdict' ? [count('Verdicts', 1)] : []),
    ...(isZeroed ? [seconds('SecondsToZero', zeroAckedAt - turnedBackAt), count('Stragglers', stragglers.length)] : []),
  ];
}

const count = (name: Measure['name'], value: number): Measure => ({ name, unit: 'Count', value });
/** Clocks of two functions may be a little apart. */
const seconds = (name: Measure['name'], ms: number): Measure => ({
  name,
  unit: 'Seconds',
  value: Math.max(0, ms / 1000),
});
