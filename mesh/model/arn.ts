import type { ResourceId, ResourceKind } from './resource.ts';

/** Where an ARN says a resource lives; both absent in the short form `mesh/M/virtualNode/N`. */
export interface ParsedArn {
  readonly region?: string;
  readonly owner?: string;
  readonly mesh: string;
  readonly kind: ResourceKind;
  readonly parent?: string;
  readonly name: string;
}

const childOf: Partial<Record<ResourceKind, ResourceKind>> = { route: 'virtualRouter', gatewayRoute: 'virtualGateway' };

const kinds = new Set<string>([
  'virtualNode',
  'virtualRouter',
  'virtualService',
  'virtualGateway',
  'route',
  'gatewayRoute',
]);

/** The path part of a resource's ARN, e.g. `mesh/shop/virtualRouter/orders/route/main`. */
export function arnPath(id: ResourceId): string {
  if (id.kind === 'mesh') return `mesh/${id.mesh}`;
  const parent = childOf[id.kind];
  const prefix = parent === undefined ? '' : `/${parent}/${id.parent ?? ''}`;
  return `mesh/${id.mesh}${prefix}/${id.kind}/${id.name}`;
}

/** App Mesh's ARN of a resource: `arn:aws:appmesh:<region>:<owner>:mesh/…`. */
export function formatArn(id: ResourceId, region: string, partition = 'aws'): string {
  return `arn:${partition}:appmesh:${region}:${id.owner}:${arnPath(id)}`;
}

/**
 * Reads a full App Mesh ARN or its short form `mesh/M[/virtualNode/N…]`, the two spellings `APPMESH_RESOURCE_ARN` may have.
 * Names may hold `/` (virtual services do); `undefined` when the text is neither spelling.
 */
export function parseArn(text: string): ParsedArn | undefined {
  const full = /^arn:[a-z-]+:appmesh:([a-z0-9-]+):(\d{12}):(.+)$/s.exec(text);
  const path = parsePath(full?.[3] ?? text);
  if (path === undefined) return undefined;
  return full?.[1] !== undefined && full[2] !== undefined ? { region: full[1], owner: full[2], ...path } : path;
}

function parsePath(path: string): ParsedArn | undefined {
  const match = /^mesh\/([^/]+)(?:\/([a-zA-Z]+)\/(.+))?$/s.exec(path);
  if (match?.[1] === undefined) return undefined;
  const [, mesh, kind, rest] = match;
  if (kind === undefined || rest === undefined) return { mesh, kind: 'mesh', name: mesh };
  const child = /^([^/]+)\/(route|gatewayRoute)\/(.+)$/s.exec(rest);
  if (child?.[1] !== undefined && child[3] !== undefined && childOf[child[2] as ResourceKind] === kind)
    return { mesh, kind: child[2] as ResourceKind, parent: child[1], name: child[3] };
  return kinds.has(kind) && childOf[kind as ResourceKind] === undefined
    ? { mesh, kind: kind as ResourceKind, name: rest }
    : undefined;
}
