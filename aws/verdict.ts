import { judge } from '#rollouts/judge.ts';
import type { Clock, EvidenceStore, Rollouts } from '#rollouts/ports.ts';
import { mayEnd } from '#rollouts/step-end.ts';
import { summarize } from '#rollouts/summary.ts';
import { evidenceStore } from './evidence-store.ts';
import { rolloutStore } from './rollout-store.ts';
import { table } from './table.ts';
import { wake } from './wake.ts';

/** What judging reads and writes. */
export interface VerdictPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'record'>;
  readonly evidence: EvidenceStore;
  readonly now: Clock;
}

/**
 * Judges a running rollout by all its evidence; true when it is to be woken: because it fails, or because its step has shown
 * enough. A failing one stays so after the verdict was recorded, until the rollout turns back: whoever recorded it may have died
 * before the wake-up.
 */
export const judging =
  ({ rollouts, evidence, now }: VerdictPorts) =>
  async (id: string): Promise<boolean> => {
    const rollout = await rollouts.get(id);
    if (rollout?.status !== 'running') return false;
    if (rollout.facts.verdict !== undefined) return rollout.wait !== undefined && rollout.phase !== 'rollingBack';
    const summary = summarize(
      (await evidence.all(id)).map((one) => one.evidence),
      rollout.policy,
    );
    const verdict = judge(summary, rollout.policy, rollout.stepBase);
    if (verdict === undefined) return mayEnd(rollout, summary, now());
    const { reason, tippedBy } = verdict;
    await rollouts.record(id, { kind: 'verdict', at: now(), reason, tippedBy });
    return true;
  };

/** Judges a rollout after reports of it were folded in, and wakes it when it fails or its step may end. */
export async function judgeRollout(id: string): Promise<void> {
  const items = table();
  const ports = { rollouts: rolloutStore(items), evidence: evidenceStore(items), now: Date.now };
  if (await judging(ports)(id)) await wake(id);
}
