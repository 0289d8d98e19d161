import { fromBinary } from '@bufbuild/protobuf';
import type { LocalityLbEndpoints } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_components_pb.js';
import { ClusterLoadAssignmentSchema } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_pb.js';
import { type EncodedResource, encodeMessage } from './encode.ts';

/**
 * Encoded endpoints without those at addresses that are not among `living`; `undefined` when none is left. The very same
 * resource when all are.
 */
export function livingEndpoints(resource: EncodedResource, living: ReadonlySet<string>): EncodedResource | undefined {
  const assignment = fromBinary(ClusterLoadAssignmentSchema, Buffer.from(resource.body, 'base64'));
  const all = countOf(assignment.endpoints);
  const isLiving = (address: string | undefined) => address !== undefined && living.has(address);
  for (const locality of assignment.endpoints)
    locality.lbEndpoints = locality.lbEndpoints.filter((member) => isLiving(addressOf(member)));
  assignment.endpoints = assignment.endpoints.filter(({ lbEndpoints }) => lbEndpoints.length > 0);
  const left = countOf(assignment.endpoints);
  if (left === 0) return undefined;
  return left === all ? resource : encodeMessage(ClusterLoadAssignmentSchema, assignment);
}

const countOf = (localities: readonly LocalityLbEndpoints[]): number =>
  localities.reduce((sum, { lbEndpoints }) => sum + lbEndpoints.length, 0);

function addressOf({ hostIdentifier }: LocalityLbEndpoints['lbEndpoints'][number]): string | undefined {
  const address = hostIdentifier.case === 'endpoint' ? hostIdentifier.value.address?.address : undefined;
  return address?.case === 'socketAddress' ? address.value.address : undefined;
}
