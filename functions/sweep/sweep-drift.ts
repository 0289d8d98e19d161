import type { MeshPublisher } from '#aws/push-mesh.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock } from '#rollouts/ports.ts';

/** What the sweep of drift looks at. */
export interface SweepDriftPorts {
  readonly publisher: Pick<MeshPublisher, 'drifted' | 'push'>;
  readonly now: Clock;
}

/** Proxies compiled anew by one sweep: a bound on its time and cost. A larger account is gone through in turn. */
export const COMPARED = 25;
const MINUTE_MS = 60_000;

/**
 * Compiles proxies anew and pushes those whose stored snapshot is another: a push that died for good, or a hand in the
 * bucket, is made good within a minute in a small account and within minutes in a large one.
 */
export async function sweepDrift({ publisher, now }: SweepDriftPorts, proxies: readonly ProxyId[]): Promise<void> {
  const turns = Math.max(1, Math.ceil(proxies.length / COMPARED));
  const turn = Math.floor(now() / MINUTE_MS) % turns;
  const some = proxies.slice(turn * COMPARED, (turn + 1) * COMPARED);
  const drifted = await publisher.drifted(some);
  if (drifted.length > 0) await publisher.push(drifted);
}
