import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { MeshPush, Sidecars } from './ports.ts';
import { requiredSidecars } from './required-sidecars.ts';
import type { RequiredSidecar } from './types.ts';

/** What a stored change is spread through. */
export interface SpreadPorts {
  readonly sidecars: Sidecars;
  readonly push: Pick<MeshPush, 'clientsOf' | 'push'>;
}

/** Pushes a node's change to everybody who routes to it, once it is stored, and names who has to confirm it. */
export async function spread(
  { push, sidecars }: SpreadPorts,
  node: ProxyId,
  stored?: Promise<unknown>,
): Promise<readonly RequiredSidecar[]> {
  const [clients] = await Promise.all([push.clientsOf(node), stored]);
  const pushed = await push.push(clients);
  const tasks = await Promise.all(pushed.map(({ proxy }) => sidecars.of(proxy)));
  return requiredSidecars(pushed, tasks.flat());
}
