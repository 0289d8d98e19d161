import { judge, summarize } from '#rollouts/judge.ts';
import type { Clock, EvidenceStore, Rollouts } from '#rollouts/ports.ts';
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
 * Judges a running rollout by all its evidence; true when it fails and is to be woken. That is so after the verdict was recorded,
 * too, until the rollout turns back: whoever recorded it may have died before the wake-up.
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
    if (verdict === undefined) return false;
    await rollouts.record(id, { kind: 'verdict', at: now(), reason: verdict.reason });
    return true;
  };

/** Judges a rollout after reports of it were folded in, and wakes it when it fails. */
export async function judgeRollout(id: string): Promise<void> {
  const items = table();
  const ports = { rollouts: rolloutStore(items), evidence: evidenceStore(items), now: Date.now };
  if (await judging(ports)(id)) await wake(id);
}
