import type { Split } from '#mesh/model/split.ts';
import type { Sidecar } from './ports.ts';

/**
 * Deployments that serve a node now and that a new one is judged against: the stable ones that still have tasks; when ECS
 * has taken all of those, the canary that was left to serve; when nothing runs, whatever was stable last.
 */
export function stableVariant(
  { stable, canary }: Split,
  sidecars: readonly Sidecar[],
  deployment: string,
): readonly string[] {
  const alive = new Set(sidecars.filter(({ wanted }) => wanted).map((sidecar) => sidecar.deployment));
  const others = stable.filter((one) => one !== deployment);
  const serving = others.filter((one) => alive.has(one));
  if (serving.length > 0) return serving;
  const left = canary?.deployment;
  return left !== undefined && left !== deployment && alive.has(left) ? [left] : others;
}
