/** The proxy a task says it is, as `APPMESH_RESOURCE_ARN` names it. `region` and `owner` are absent in the short form. */
export interface ResourceArn {
  readonly region?: string;
  readonly owner?: string;
  readonly mesh: string;
  readonly kind: 'vn' | 'vg';
  readonly name: string;
}

const KINDS = { virtualNode: 'vn', virtualGateway: 'vg' } as const;

/**
 * Reads the two spellings App Mesh's own agent took: a full ARN, or `mesh/M/virtualNode/N` (or `virtualGateway`).
 * `undefined` when the text names anything but a virtual node or a virtual gateway.
 */
export function parseResourceArn(text: string): ResourceArn | undefined {
  const full = /^arn:[a-z-]+:appmesh:([a-z0-9-]+):(\d{12}):(.+)$/.exec(text);
  const path = /^mesh\/([^/]+)\/(virtualNode|virtualGateway)\/([^/]+)$/.exec(full?.[3] ?? text);
  const [, mesh, kind, name] = path ?? [];
  if (mesh === undefined || kind === undefined || name === undefined) return undefined;
  const named = { mesh, kind: KINDS[kind as keyof typeof KINDS], name };
  const [, region, owner] = full ?? [];
  return region === undefined || owner === undefined ? named : { region, owner, ...named };
}
