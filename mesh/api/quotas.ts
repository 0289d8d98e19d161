import type { ResourceKind } from '#mesh/model/resource.ts';

/**
 * App Mesh's default quotas by the names a setting spells them with; those of connected Envoys are no limits of the API.
 * https://docs.aws.amazon.com/general/latest/gr/appmesh.html and aws/aws-app-mesh-roadmap#263.
 */
const appMesh = {
  meshesPerAccount: 15,
  virtualNodesPerMesh: 200,
  virtualRoutersPerMesh: 200,
  virtualServicesPerMesh: 200,
  virtualGatewaysPerMesh: 3,
  routesPerVirtualRouter: 50,
  gatewayRoutesPerVirtualGateway: 10,
  backendsPerVirtualNode: 50,
};

export type QuotaName = keyof typeof appMesh;
/** How many there may be, by quota. */
export type Quotas = Readonly<Record<QuotaName, number>>;

/** App Mesh's own numbers. */
export const STRICT_QUOTAS: Quotas = appMesh;

/** Ten times App Mesh's: room to grow, and still an end to a loop that creates meshes. */
export const DEFAULT_QUOTAS: Quotas = Object.fromEntries(
  Object.entries(appMesh).map(([name, most]) => [name, most * 10]),
) as Record<QuotaName, number>;

/** The quota that bounds how many of a kind one parent (the account, a mesh, a router, a gateway) holds. */
export const quotaOfKind: Readonly<Record<ResourceKind, QuotaName>> = {
  mesh: 'meshesPerAccount',
  virtualNode: 'virtualNodesPerMesh',
  virtualRouter: 'virtualRoutersPerMesh',
  virtualService: 'virtualServicesPerMesh',
  virtualGateway: 'virtualGatewaysPerMesh',
  route: 'routesPerVirtualRouter',
  gatewayRoute: 'gatewayRoutesPerVirtualGateway',
};

/** A quota setting that says nothing: every part that is not understood. */
export class InvalidQuotasError extends Error {
  override readonly name = 'InvalidQuotas';
}

/**
 * Reads a setting: `default` or `strict` (the default when neither is named is `default`), then `name=number` for single
 * quotas, separated by commas: `strict,routesPerVirtualRouter=100`. Throws {@link InvalidQuotasError}.
 */
export function parseQuotas(setting: string): Quotas {
  const [first = '', ...others] = setting.split(',').map((part) => part.trim());
  const base = first === 'strict' ? STRICT_QUOTAS : DEFAULT_QUOTAS;
  const overrides = first === 'strict' || first === 'default' ? others : [first, ...others];
  const read = overrides.filter((part) => part !== '').map(override);
  const wrong = read.flatMap((part) => (typeof part === 'string' ? [part] : []));
  if (wrong.length > 0)
    throw new InvalidQuotasError(
      `${wrong.join(', ')}: must be default or strict, then name=number of ${Object.keys(appMesh).join(', ')}`,
    );
  return { ...base, ...Object.fromEntries(read as readonly (readonly [QuotaName, number])[]) };
}

function override(part: string): readonly [QuotaName, number] | string {
  const [, name = '', digits = ''] = /^(\w+)=(\d{1,6})$/.exec(part) ?? [];
  return Object.hasOwn(appMesh, name) ? [name as QuotaName, Number(digits)] : part;
}
