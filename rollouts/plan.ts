import type { Rollout } from './rollout.ts';
import type { PlannedStep, Policy, StepMode, Watching } from './types.ts';

/**
 * Steps of a policy in their order, the bake in the last one's time; none for a rollout that hands its endpoints over without
 * being judged. `share` is what a dry run's canary gets: the part of the traffic that its tasks would have anyway.
 */
export function plannedSteps({ kind, policy }: Pick<Rollout, 'kind' | 'policy'>, share = 0): readonly PlannedStep[] {
  if (isHandedOver({ kind, policy })) return [];
  const steps = [...prelude(policy), ...ordinary(policy)];
  return policy.dryRun ? [dryRun(policy, steps, share)] : steps.map((step, i) => withBake(step, policy, i, steps));
}

/** Not judged: strategy `off`, or the way back to a revision that was good before. */
export function isHandedOver({ kind, policy }: Pick<Rollout, 'kind' | 'policy'>): boolean {
  return kind === 'rollback' || policy.strategy === 'off';
}

/** Whether a step is left by what it has shown, not by time alone. */
export function needsEvidence({ minRequests }: PlannedStep, { confidence }: Pick<Policy, 'confidence'>): boolean {
  return minRequests > 0 || confidence !== undefined;
}

type Bare = Omit<PlannedStep, 'isLast'>;

function step(mode: StepMode, weight: number, watching: Watching, place: string): Bare {
  const { seconds, maxSeconds = seconds, minRequests = 0, gate } = watching;
  return { mode, weight, seconds, maxSeconds, minRequests, place, ...(gate === undefined ? {} : { gate }) };
}

function prelude({ strategy, abTest, mirror }: Policy): readonly Bare[] {
  if (strategy === 'abTest' && abTest) return [step('audience', abTest.weight, abTest, 'abTest')];
  return strategy === 'mirror' && mirror ? [step('mirror', mirror.percent, mirror, 'mirror')] : [];
}

function ordinary({ strategy, steps, linear }: Policy): readonly Bare[] {
  if (strategy === 'blueGreen') return [step('traffic', 100, { seconds: 1 }, 'blueGreen')];
  if (strategy !== 'linear' || linear === undefined)
    return steps.map((one, i) => step('traffic', one.weight, one, `steps[${i}]`));
  const size = Math.round(linear.stepPercent * 100);
  const weights = Array.from({ length: Math.ceil(10_000 / size) }, (_, i) => Math.min(10_000, (i + 1) * size) / 100);
  return weights.map((weight) => step('traffic', weight, linear, 'linear'));
}

function withBake(bare: Bare, { bakeSeconds }: Policy, index: number, all: readonly Bare[]): PlannedStep {
  if (index < all.length - 1) return { ...bare, isLast: false };
  const { seconds, maxSeconds } = bare;
  return { ...bare, seconds: seconds + bakeSeconds, maxSeconds: maxSeconds + bakeSeconds, isLast: true };
}

/** One step as long as all of them. */
function dryRun({ bakeSeconds }: Policy, steps: readonly Bare[], share: number): PlannedStep {
  const total = bakeSeconds + steps.reduce((sum, { seconds }) => sum + seconds, 0);
  const watching = { seconds: total };
  return { ...step('traffic', share, watching, 'dryRun'), isLast: true };
}
