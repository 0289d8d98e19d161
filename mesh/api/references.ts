import type { Resource, ResourceId, ResourceKind } from '#mesh/model/resource.ts';
import type { RouteSpec, WeightedTarget } from '#mesh/model/spec.gen.ts';

/** A resource named by another one's spec. */
export interface Reference {
  readonly target: ResourceId;
  /** Whether the target must exist and may not be deleted while named. Backends alone name freely, as App Mesh had it. */
  readonly blocks: boolean;
}

/** What a resource's spec names, each target once: route → nodes, service → provider, gateway route → service, node → backends. */
export function referencesOf(resource: Resource): readonly Reference[] {
  const references = named(resource).map(([kind, name, blocks]) => ({
    target: { kind, owner: resource.owner, mesh: resource.mesh, name },
    blocks,
  }));
  return [...new Map(references.map((reference) => [referenceId(reference.target), reference])).values()];
}

/** What in one mesh tells two targets apart (targets have no parents). */
export const referenceId = (target: ResourceId): string => `${target.kind} ${target.name}`;

/** Weighted targets of a route of any protocol. */
export function weightedTargets(spec: RouteSpec): readonly WeightedTarget[] {
  const route = spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute ?? spec.tcpRoute;
  return route?.action.weightedTargets ?? [];
}

type Named = readonly [kind: ResourceKind, name: string, blocks: boolean];

function named(resource: Resource): readonly Named[] {
  if (isKind(resource, 'route'))
    return weightedTargets(resource.spec).map(({ virtualNode }) => ['virtualNode', virtualNode, true]);
  if (isKind(resource, 'virtualNode'))
    return (resource.spec.backends ?? []).map((b) => ['virtualService', b.virtualService.virtualServiceName, false]);
  if (isKind(resource, 'virtualService')) return providerOf(resource);
  return isKind(resource, 'gatewayRoute') ? gatewayTarget(resource) : [];
}

function providerOf({ spec }: Resource<'virtualService'>): readonly Named[] {
  if (spec.provider?.virtualNode !== undefined)
    return [['virtualNode', spec.provider.virtualNode.virtualNodeName, true]];
  if (spec.provider?.virtualRouter !== undefined)
    return [['virtualRouter', spec.provider.virtualRouter.virtualRouterName, true]];
  return [];
}

function gatewayTarget({ spec }: Resource<'gatewayRoute'>): readonly Named[] {
  const route = spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute;
  const name = route?.action.target.virtualService.virtualServiceName;
  return name === undefined ? [] : [['virtualService', name, true]];
}

/** Narrows a resource by its kind: `spec` follows. */
export const isKind = <K extends ResourceKind>(resource: Resource, kind: K): resource is Resource<K> =>
  resource.kind === kind;
