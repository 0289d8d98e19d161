import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClusterSchema } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import type { AddressSchema } from '#envoy-protos/envoy/config/core/v3/address_pb.js';
import { ClusterLoadAssignmentSchema } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import { rewriteAddresses } from '../../proxy/agent/rewrite-addresses.ts';
import { CLUSTER, ENDPOINTS, LISTENER } from '../../proxy/agent/xds-type.ts';

const TASK = { bind: '127.81.205.2', app: '127.81.205.3' };
const host: fc.Arbitrary<string> = fc.constantFrom('0.0.0.0', '::', '127.0.0.1', '::1', '10.0.0.1', '127.0.0.10', '');

function socket(address: string): MessageInitShape<typeof AddressSchema> {
  return { address: { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: 300 } } } };
}

function listener(name: string, address: string, more: readonly string[]) {
  const additionalAddresses = more.map((other) => ({ address: socket(other) }));
  return create(ListenerSchema, { name, address: socket(address), additionalAddresses, statPrefix: '0.0.0.0' });
}

function assignment(name: string, localities: readonly (readonly string[])[]) {
  const endpoint = (address: string) => ({
    hostIdentifier: { case: 'endpoint' as const, value: { address: socket(address), hostname: '127.0.0.1' } },
  });
  const endpoints = localities.map((hosts) => ({ lbEndpoints: hosts.map(endpoint) }));
  return create(ClusterLoadAssignmentSchema, { clusterName: name, endpoints });
}

const swap = (from: readonly string[], to: string) => (address: string) => (from.includes(address) ? to : address);

describe("a task's own addresses", () => {
  test('replace exactly the bind address of a listener, and every length around it comes out right', () => {
    fc.assert(
      fc.property(fc.string(), host, fc.array(host, { maxLength: 3 }), (name, address, more) => {
        const bytes = Buffer.from(toBinary(ListenerSchema, listener(name, address, more)));
        const bound = swap(['0.0.0.0', '::'], TASK.bind);
        const rewritten = fromBinary(ListenerSchema, rewriteAddresses(LISTENER, 'l', bytes, TASK));
        expect(rewritten).toEqual(listener(name, bound(address), more.map(bound)));
      }),
    );
  });

  test("replace the app's address in a local cluster's inline endpoints alone", () => {
    fc.assert(
      fc.property(fc.array(fc.array(host, { maxLength: 3 }), { maxLength: 3 }), (localities) => {
        const cluster = (hosts: typeof localities) =>
          create(ClusterSchema, { name: 'cds_ingress_m_n_http_1', loadAssignment: assignment('127.0.0.1', hosts) });
        const bytes = Buffer.from(toBinary(ClusterSchema, cluster(localities)));
        const rewritten = fromBinary(ClusterSchema, rewriteAddresses(CLUSTER, 'cds_ingress_m_n_http_1', bytes, TASK));
        expect(rewritten).toEqual(cluster(localities.map((hosts) => hosts.map(swap(['127.0.0.1', '::1'], TASK.app)))));
      }),
    );
  });

  test('leave peers alone: other clusters and everything in EDS', () => {
    const endpoints = assignment('cds_egress_m_n_http_1', [['127.0.0.1', '0.0.0.0']]);
    const inline = create(ClusterSchema, { name: 'cds_egress_m_n_http_1', loadAssignment: endpoints });
    const [cluster, eds] = [toBinary(ClusterSchema, inline), toBinary(ClusterLoadAssignmentSchema, endpoints)];
    expect(rewriteAddresses(CLUSTER, 'cds_egress_m_n_http_1', Buffer.from(cluster), TASK)).toEqual(
      Buffer.from(cluster),
    );
    expect(rewriteAddresses(ENDPOINTS, 'cds_ingress_m_n_http_1', Buffer.from(eds), TASK)).toEqual(Buffer.from(eds));
  });

  test('that are not set leave every byte as it was compiled', () => {
    const bytes = Buffer.from(toBinary(ListenerSchema, listener('l', '0.0.0.0', [])));
    expect(rewriteAddresses(LISTENER, 'l', bytes, {})).toBe(bytes);
  });
});
