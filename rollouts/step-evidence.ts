import type { Rollout, SeenBefore } from './rollout.ts';
import type { Summary } from './summary.ts';
import type { StepEvidence, StepRecord } from './types.ts';

/** What had been seen when a step began. */
export function seenBefore({ canary, stable }: Summary): SeenBefore {
  return { canary, stable };
}

/** The records with the last step's evidence in it, as far as it has none yet: it is over. */
export function withEvidence(
  { steps, step, facts }: Pick<Rollout, 'steps' | 'step' | 'facts'>,
  summary: Summary,
): readonly StepRecord[] {
  const last = steps.at(-1);
  if (last === undefined || step === undefined || last.evidence !== undefined) return steps;
  return [...steps.slice(0, -1), { ...last, evidence: evidenceOf(summary, step.before, tippedBy(facts)) }];
}

function evidenceOf(summary: Summary, before: SeenBefore, tippedBy: string | undefined): StepEvidence {
  const { canary, stable, eValue, upperBound, latency } = summary;
  return {
    canary: {
      requests: canary.requests - before.canary.requests,
      failures: canary.failures - before.canary.failures,
      shielded: canary.shielded - before.canary.shielded,
    },
    stable: {
      requests: stable.requests - before.stable.requests,
      failures: stable.failures - before.stable.failures,
    },
    eValue,
    upperBound,
    ...(tippedBy === undefined ? {} : { tippedBy }),
    ...(latency === undefined
      ? {}
      : { latency: { eValue: latency.eValue, canary: latency.canary, stable: latency.stable } }),
  };
}

/** The first reason to turn back, in one word. */
function tippedBy({ verdict, alarm, rollback, ended }: Rollout['facts']): string | undefined {
  const reasons = [
    verdict && { at: verdict.at, what: verdict.tippedBy ?? 'judge' },
    alarm && { at: alarm.at, what: 'alarm' },
    rollback && { at: rollback.at, what: 'operator' },
    ended && { at: ended.at, what: 'ecs' },
  ].filter((one) => one !== undefined);
  return reasons.sort((a, b) => a.at - b.at)[0]?.what;
}
