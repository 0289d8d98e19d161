import { isKind } from '#mesh/api/references.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import type { Finding } from '#mesh/ir/finding.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource, ResourceId, ResourceKind, SpecOf } from '#mesh/model/resource.ts';
import type { VirtualNodeSpec } from '#mesh/model/spec.gen.ts';
import type { Split } from '#mesh/model/split.ts';

/** Control characters are in no name that the API takes, so that these two never meet a declared one. */
const CLIENT = '\u0000client';
const SERVICE = '\u0000service';

/**
 * What keeps a written resource from being compiled, as texts with the place in it: for its own proxies, and for a client
 * that has every service among `reached` as its backend. A route or a node that no service leads to yet gets one, so that a
 * fault is told to its writer and not to whoever makes that service. Pure.
 */
export function faultsOf(reached: readonly Resource[], written: Resource): readonly string[] {
  const view = viewFor(reached, written);
  const found = proxiesOf(written).flatMap(
    (proxy) => buildProxy(view, proxy, { interception: 'transparent' }).findings,
  );
  const own = found.filter(({ kind, arnPath: at }) => kind === 'invalid' && at === arnPath(written));
  const texts = own.filter(({ path }) => !mayComeLater(view, written, path)).map(textOf);
  return [...new Set(texts)];
}

function viewFor(reached: readonly Resource[], written: Resource): MeshView {
  const { owner, mesh } = written;
  const invented = inventedService(reached, written);
  const services = [...reached.filter(({ kind }) => kind === 'virtualService'), ...invented];
  const backends = services.map(({ name }) => ({ virtualService: { virtualServiceName: name } }));
  const client = made(written, 'virtualNode', CLIENT, { backends });
  const resources = [...reached, ...invented, client];
  return { owner, mesh, resources, endpoints: new Map(), splits: everyNodeDiscovered(resources) };
}

/** A router without a listener is no fault until a service leads to it, so only a route of one that listens gets a service. */
function inventedService(reached: readonly Resource[], written: Resource): readonly Resource[] {
  const { kind, name, parent = '' } = written;
  if (kind === 'virtualNode')
    return [made(written, 'virtualService', SERVICE, { provider: { virtualNode: { virtualNodeName: name } } })];
  const isSettled = reached.some((other) => other.kind === 'virtualService') || !reached.some(listens);
  if (kind !== 'route' || isSettled) return [];
  return [made(written, 'virtualService', SERVICE, { provider: { virtualRouter: { virtualRouterName: parent } } })];
}

const listens = (resource: Resource): boolean =>
  isKind(resource, 'virtualRouter') && (resource.spec.listeners ?? []).length > 0;

function made<K extends ResourceKind>(
  { owner, mesh }: ResourceId,
  kind: K,
  name: string,
  spec: SpecOf[K],
): Resource<K> {
  return { kind, owner, mesh, name, spec, uid: '', version: 0, createdAt: 0, lastUpdatedAt: 0 };
}

/** What runs is not the writer's business: each node is taken as discovered through tasks, of which there are none. */
function everyNodeDiscovered(resources: readonly Resource[]): ReadonlyMap<string, Split> {
  const nodes = resources.filter(({ kind }) => kind === 'virtualNode');
  return new Map(nodes.map(({ name }) => [name, { stable: [] }]));
}

function proxiesOf({ kind, owner, mesh, name, parent = '' }: Resource): readonly ProxyId[] {
  const client: ProxyId = { owner, mesh, kind: 'vn', name: CLIENT };
  if (kind === 'virtualNode') return [{ owner, mesh, kind: 'vn', name }, client];
  if (kind === 'virtualGateway') return [{ owner, mesh, kind: 'vg', name }];
  return kind === 'gatewayRoute' ? [{ owner, mesh, kind: 'vg', name: parent }] : [client];
}

/** A backend whose service is not there yet. */
function mayComeLater({ resources }: MeshView, written: Resource, path: string): boolean {
  const [, index] = /^spec\.backends\[(\d+)\]\.virtualService\.virtualServiceName$/.exec(path) ?? [];
  if (index === undefined) return path === '';
  const { backends = [] } = written.spec as VirtualNodeSpec;
  const name = backends[Number(index)]?.virtualService.virtualServiceName;
  return !resources.some((other) => other.kind === 'virtualService' && other.name === name);
}

const textOf = ({ path, reason }: Finding): string => `${path}: ${reason}`;
