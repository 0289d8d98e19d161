import type { Resource } from '#mesh/model/resource.ts';
import type { PortMapping } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { forwardRoutes } from './forward-routes.ts';
import { originOf } from './host-origin.ts';
import type { MeshIndex } from './mesh-index.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import { DEFAULT_RETRY } from './retry.ts';
import type { RouteIr } from './route-ir.ts';
import { EVERYTHING } from './route-match.ts';
import { requestRoutes } from './router-routes.ts';
import type { ServicePort, ServicePorts } from './service-port.ts';
import { sharedPart } from './shared-part.ts';
import { tcpRoute } from './tcp-route.ts';
import { DEFAULT_REQUEST_TIMEOUT_MS } from './timeout.ts';
import { connectionTargets } from './variant-targets.ts';
import { reachNode } from './weighted-targets.ts';

/**
 * The ports of a virtual service (its router's listeners, or its node's) and what happens on each, sorted by port. Empty
 * without a provider. `place` is where the service is referred to; that it does not exist is no fault of what it was.
 */
export function servicePorts(draft: ProxyDraft, name: string, place: SpecPath): ServicePorts {
  const service = draft.index.services.get(name);
  if (service === undefined) {
    report(draft, 'invalid', place, `virtual service ${name} does not exist`);
    return { ports: [], origin: { declaration: '', faults: [] } };
  }
  return sharedPart(draft, name, (shared) => {
    const before = shared.findings.length;
    const ports = providedPorts(shared, service);
    return { ports, origin: originOf(shared, declaredBy(shared.index, service), before) };
  });
}

/** The resources that say what becomes of requests to a service: not the nodes they go to. */
function declaredBy({ routers, routes }: MeshIndex, service: Resource<'virtualService'>): readonly Resource[] {
  const name = service.spec.provider?.virtualRouter?.virtualRouterName;
  const router = name === undefined ? undefined : routers.get(name);
  return router === undefined ? [service] : [service, router, ...(routes.get(router.name) ?? [])];
}

function providedPorts(draft: ProxyDraft, service: Resource<'virtualService'>): ServicePort[] {
  const { provider } = service.spec;
  if (provider?.virtualRouter !== undefined)
    return routerPorts(draft, service, provider.virtualRouter.virtualRouterName);
  return provider === undefined ? [] : nodePorts(draft, service, provider.virtualNode.virtualNodeName);
}

function nodePorts(draft: ProxyDraft, service: Resource<'virtualService'>, name: string): ServicePort[] {
  const place = { resource: service, path: 'spec.provider.virtualNode.virtualNodeName' };
  const node = draft.index.nodes.get(name);
  if (node === undefined) {
    report(draft, 'invalid', place, `virtual node ${name} does not exist`);
    return [];
  }
  return inOrder((node.spec.listeners ?? []).map(({ portMapping }) => portMapping)).map(({ port, protocol }) => {
    if (protocol !== 'tcp') return { kind: 'http', port, routes: nodeRoutes(draft, name, port, place) };
    return { kind: 'tcp', port, targets: connectionTargets(draft, reachNode(draft, name, port, place)) };
  });
}

/** Where a node is the provider itself no policy can be declared, so App Mesh's default retries and time limit rule. */
function nodeRoutes(draft: ProxyDraft, name: string, port: number, place: SpecPath): RouteIr[] {
  const settings = { timeoutMs: DEFAULT_REQUEST_TIMEOUT_MS, retry: DEFAULT_RETRY };
  const reached = reachNode(draft, name, port, place);
  return forwardRoutes(draft, { name, match: EVERYTHING, reached, settings, place });
}

function routerPorts(draft: ProxyDraft, service: Resource<'virtualService'>, name: string): ServicePort[] {
  const router = draft.index.routers.get(name);
  if (router === undefined) {
    const place = { resource: service, path: 'spec.provider.virtualRouter.virtualRouterName' };
    report(draft, 'invalid', place, `virtual router ${name} does not exist`);
    return [];
  }
  const listeners = router.spec.listeners ?? [];
  if (listeners.length === 0)
    report(
      draft,
      'invalid',
      { resource: router, path: 'spec.listeners' },
      'no listener: nothing can reach this router',
    );
  const ports = inOrder(listeners.map(({ portMapping }) => portMapping));
  reportIdleRoutes(draft, name, ports);
  return ports.map(({ port, protocol }) => {
    if (protocol === 'tcp') return { kind: 'tcp', port, ...tcpRoute(draft, router, port) };
    return { kind: 'http', port, routes: requestRoutes(draft, router, port) };
  });
}

const family = (protocol: PortMapping['protocol']) => (protocol === 'tcp' ? 'connections' : 'requests');

/** Each port once for requests and once for connections, sorted. */
function inOrder(mappings: readonly PortMapping[]): PortMapping[] {
  const distinct = new Map(mappings.map((item) => [`${item.port}/${family(item.protocol)}`, item]));
  return [...distinct.values()].sort((a, b) => a.port - b.port || (family(a.protocol) < family(b.protocol) ? -1 : 1));
}

/** Reports routes that no listener of their router can lead to. */
function reportIdleRoutes(draft: ProxyDraft, router: string, ports: readonly PortMapping[]): void {
  for (const resource of draft.index.routes.get(router) ?? []) {
    const { httpRoute, http2Route, grpcRoute, tcpRoute: tcp } = resource.spec;
    const declared = httpRoute ?? http2Route ?? grpcRoute ?? tcp;
    const wanted = tcp === undefined ? 'requests' : 'connections';
    const reached = ports.filter(({ port }) => (declared?.match?.port ?? port) === port);
    if (reached.some(({ protocol }) => family(protocol) === wanted)) continue;
    const kind = tcp === undefined ? 'http, http2 or grpc' : 'tcp';
    const at = declared?.match?.port === undefined ? '' : ` on port ${declared.match.port}`;
    report(
      draft,
      'invalid',
      { resource, path: 'spec' },
      `virtual router ${router} has no ${kind} listener${at}: nothing takes this route`,
    );
  }
}
