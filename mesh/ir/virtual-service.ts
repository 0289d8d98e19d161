import type { Resource } from '#mesh/model/resource.ts';
import { type DeclaredRoute, declaredRoute } from './declared-route.ts';
import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { RouteIr, TargetIr } from './proxy-ir.ts';
import { DEFAULT_RETRY, retryPolicy, unknownEvents } from './retry.ts';
import { EVERYTHING } from './route-match.ts';
import { byPrecedence } from './route-order.ts';
import { DEFAULT_REQUEST_TIMEOUT_MS, timeouts } from './timeout.ts';
import { isCompiledProtocol, reportUncompiledRoute } from './uncompiled.ts';
import { weightedTargets, wholeNode } from './weighted-targets.ts';

/** How a virtual service answers on one port; `routes` are in order of precedence. */
export interface ServicePort {
  readonly port: number;
  readonly routes: readonly RouteIr[];
}

/** No target can take the request: what Envoy itself answers for a missing cluster. */
const NO_TARGET = 503;

/**
 * The ports of a virtual service (its router's listeners, or its node's) and the routes on each, sorted by port. Empty
 * without a provider. `place` is where the service is referred to.
 */
export function servicePorts(draft: ProxyDraft, name: string, place: SpecPath): ServicePort[] {
  const service = draft.index.services.get(name);
  if (service === undefined) {
    report(draft, 'invalid', place, `virtual service ${name} does not exist`);
    return [];
  }
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
  const ports = (node.spec.listeners ?? []).flatMap(({ portMapping }, i) => {
    const at = { resource: node, path: `spec.listeners[${i}].portMapping.protocol` };
    return isCompiledProtocol(draft, portMapping.protocol, at) ? [portMapping.port] : [];
  });
  return inOrder(ports).map((port) => ({ port, routes: [nodeRoute(draft, name, port, place)] }));
}

function nodeRoute(draft: ProxyDraft, name: string, port: number, place: SpecPath): RouteIr {
  const targets = wholeNode(draft, name, port, place);
  if (targets.length === 0) return { name, match: EVERYTHING, action: { kind: 'respond', status: NO_TARGET } };
  const timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS;
  return { name, match: EVERYTHING, action: { kind: 'forward', targets, timeoutMs, retry: DEFAULT_RETRY } };
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
  const ports = listeners.flatMap(({ portMapping }, i) => {
    const at = { resource: router, path: `spec.listeners[${i}].portMapping.protocol` };
    return isCompiledProtocol(draft, portMapping.protocol, at) ? [portMapping.port] : [];
  });
  return inOrder(ports).map((port) => ({ port, routes: routesOn(draft, name, port) }));
}

const inOrder = (ports: readonly number[]) => [...new Set(ports)].sort((a, b) => a - b);

function routesOn(draft: ProxyDraft, router: string, port: number): RouteIr[] {
  const ranked = (draft.index.routes.get(router) ?? []).flatMap((resource) => {
    reportUncompiledRoute(draft, resource);
    const declared = declaredRoute(resource);
    if (declared === undefined || (declared.port ?? port) !== port) return [];
    return [{ name: resource.name, priority: resource.spec.priority, match: declared.match, declared }];
  });
  return ranked.sort(byPrecedence).map(({ name, match, declared }) => {
    return { name, match, action: forward(draft, declared, port) };
  });
}

function forward(draft: ProxyDraft, declared: DeclaredRoute, port: number): RouteIr['action'] {
  const { resource, field, retryPolicy: policy } = declared;
  for (const name of unknownEvents(policy)) {
    const events = { resource, path: `spec.${field}.retryPolicy.httpRetryEvents` };
    report(draft, 'invalid', events, `${name} is no retry event: nothing is retried because of it`);
  }
  const place = { resource, path: `spec.${field}.action.weightedTargets` };
  const targets = weightedTargets(draft, declared.targets, port, place);
  if (totalWeight(targets) === 0) {
    report(draft, 'invalid', place, `no target can take a request: every request of this route gets ${NO_TARGET}`);
    return { kind: 'respond', status: NO_TARGET };
  }
  return { kind: 'forward', targets, ...timeouts(declared.timeout), retry: retryPolicy(policy) };
}

const totalWeight = (targets: readonly TargetIr[]) => targets.reduce((sum, { weight }) => sum + weight, 0);
