import { confidence } from './judge.ts';
import { needsEvidence } from './plan.ts';
import type { Rollout, Wait } from './rollout.ts';
import type { Summary } from './summary.ts';
import type { PlannedStep } from './types.ts';

/** Whether a step has lasted its shortest time: what a pause left of the longest is the wait's. */
export function hasLasted(step: PlannedStep, wait: Wait, now: number): boolean {
  return step.maxSeconds - wait.seconds + (now - wait.since) / 1000 >= step.seconds;
}

/**
 * Whether a report may have brought what the present step waits for, so that it is worth waking the rollout. Never for a step
 * that only waits for time: its state machine does that by itself.
 */
export function mayEnd({ wait, step, policy, stepBase }: Rollout, summary: Summary, now: number): boolean {
  if (step === undefined || (wait?.name !== 'observe' && wait?.name !== 'bake')) return false;
  if (wait.outcome !== undefined || !needsEvidence(step, policy) || !hasLasted(step, wait, now)) return false;
  return confidence(summary, policy, step, stepBase).kind === 'confident';
}
