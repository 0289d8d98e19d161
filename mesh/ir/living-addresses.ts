import type { MeshView } from '#mesh/model/mesh-view.ts';
import { onceEach } from './once-each.ts';

/** Every address in a view at which a task may be sent traffic: as ECS and the sidecars tell, and as Cloud Map does. */
export const livingAddresses = onceEach(({ endpoints, cloudMap = new Map() }: MeshView): ReadonlySet<string> => {
  const tasks = [...endpoints.values()].flat().map(({ address }) => address);
  const instances = [...cloudMap.values()].flat().flatMap(({ ipv4, ipv6 }) => [ipv4 ?? [], ipv6 ?? []].flat());
  return new Set([...tasks, ...instances]);
});
