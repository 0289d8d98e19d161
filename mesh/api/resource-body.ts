import { formatArn } from '#mesh/model/arn.ts';
import type { Resource, ResourceKind } from '#mesh/model/resource.ts';

/** Answer of create, describe, update and delete: the bare resource, with `spec` as the client sent it. */
export function resourceBody(resource: Resource, region: string, status: 'ACTIVE' | 'DELETED' = 'ACTIVE'): object {
  const { owner, uid, version } = resource;
  return {
    ...names(resource),
    spec: resource.spec,
    metadata: {
      arn: formatArn(resource, region),
      ...times(resource),
      meshOwner: owner,
      resourceOwner: owner,
      uid,
      version,
    },
    status: { status },
  };
}

/** A resource as a list shows it: names and metadata without uid, spec and status. */
export type ResourceSummary = Omit<Resource, 'spec' | 'uid'>;

/** One row of a list. */
export function resourceRef(summary: ResourceSummary, region: string): object {
  const { owner, version } = summary;
  const arn = formatArn(summary, region);
  return { ...names(summary), arn, ...times(summary), meshOwner: owner, resourceOwner: owner, version };
}

/** The parent's kind: a route lives in a virtual router, a gateway route in a virtual gateway. */
export function parentKind(kind: ResourceKind): ResourceKind | undefined {
  if (kind === 'route') return 'virtualRouter';
  return kind === 'gatewayRoute' ? 'virtualGateway' : undefined;
}

function names({ kind, mesh, parent, name }: ResourceSummary): object {
  const above = parentKind(kind);
  return {
    meshName: mesh,
    ...(above === undefined ? {} : { [`${above}Name`]: parent }),
    [`${kind}Name`]: name,
  };
}

/** App Mesh's timestamps: epoch seconds with a fraction of milliseconds. */
const times = ({ createdAt, lastUpdatedAt }: ResourceSummary): object => ({
  createdAt: createdAt / 1000,
  lastUpdatedAt: lastUpdatedAt / 1000,
});
