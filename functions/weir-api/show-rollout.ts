import { HttpError } from '#aws/http-errors.ts';
import type { Evidence } from '#rollouts/evidence.ts';
import type { EvidenceStore, Rollouts } from '#rollouts/ports.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import { summarize } from '#rollouts/summary.ts';

/** What showing needs. */
export interface ShowPorts {
  readonly rollouts: Pick<Rollouts, 'get'>;
  readonly evidence: EvidenceStore;
}

/** A rollout with all that happened to it, and all the judge has seen of it. */
export async function showRollout({ rollouts, evidence }: ShowPorts, id: string) {
  const [rollout, seen] = await Promise.all([rollouts.get(id), evidence.all(id)]);
  if (rollout === undefined) throw new HttpError(404, 'NotFound', `there is no rollout ${id}`);
  const summary = summarize(
    seen.map((one) => one.evidence),
    rollout.policy,
  );
  const sidecars = seen.map(({ proxy, task, evidence: one }) => ({ proxy, task, ...sidecarView(one) }));
  return { ...rolloutView(rollout), history: rollout.history, evidence: { ...summary, sidecars } };
}

/** What one sidecar adds: counts, the over-dispersions they are divided by, and its logarithms of e-values. */
function sidecarView({ phi, canary, stable, shielded, logE, latency }: Evidence) {
  const { baseline: _, ...times } = latency ?? {};
  return {
    ...(phi === undefined ? {} : { phi }),
    canary: { ...canary, shielded },
    stable,
    logE,
    ...(latency === undefined ? {} : { latency: times }),
  };
}
