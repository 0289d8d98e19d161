import { fromBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualHostSchema } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import { compile } from '#mesh/compile-proxy.ts';
import { extensions } from '#mesh/envoy/extension.ts';
import { livingAddresses } from '#mesh/ir/living-addresses.ts';
import { keptHosts } from '#mesh/kept-findings.ts';
import { type CompiledNow, keepLastGood } from '#mesh/last-good.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { WireResources } from '#mesh/wire/snapshot.ts';
import { interception, proxiesOf } from '../support/arbitrary-mesh.ts';
import { meshHistory } from '../support/mesh-history.ts';

const HOST = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

function compiledNow(view: MeshView, proxy: ReturnType<typeof proxiesOf>[number], mode: 'explicit' | 'transparent') {
  const { canaries, ...rest } = compile(view, proxy, { interception: mode });
  return { ...rest, telemetry: canaries, living: livingAddresses(view) };
}

/** Pushes every state of a history to each of its first proxies, and says what was sent and compiled. */
function pushes(views: readonly MeshView[], mode: 'explicit' | 'transparent') {
  const [first] = views;
  return (first === undefined ? [] : proxiesOf(first)).flatMap((proxy) => {
    let last: Parameters<typeof keepLastGood>[0];
    return views.map((view) => {
      const now: CompiledNow = compiledNow(view, proxy, mode);
      const sent = { ...keepLastGood(last, now), telemetry: now.telemetry };
      last = sent;
      return { now, sent, kept: keptHosts(now.origins, sent.good) };
    });
  });
}

function namedClusters(body: string): string[] {
  const host = fromBinary(VirtualHostSchema, Buffer.from(body, 'base64'));
  const text = JSON.stringify(toJson(VirtualHostSchema, host, { registry: extensions }));
  return [...text.matchAll(/"(cds_[^"]+)"/g)].map(([, name = '']) => name);
}

const namesOf = (resources: WireResources, type: string) => Object.keys(resources[type] ?? {});

test('whatever is written in whatever order, no virtual host that is sent names a cluster that is not', () => {
  let keeps = 0;
  fc.assert(
    fc.property(meshHistory, interception, (views, mode) => {
      for (const { sent, kept } of pushes(views, mode)) {
        keeps += kept.length;
        const clusters = new Set(namesOf(sent.resources, CLUSTER));
        const named = Object.values(sent.resources[HOST] ?? {}).flatMap(({ body }) => namedClusters(body));
        expect(named.filter((name) => !clusters.has(name))).toEqual([]);
      }
    }),
  );
  expect(keeps).toBeGreaterThan(20);
});

test('what is not faulty is sent as it was compiled, and a mesh without a fault to the last byte', () => {
  fc.assert(
    fc.property(meshHistory, interception, (views, mode) => {
      for (const { now, sent, kept } of pushes(views, mode)) {
        const extra = namesOf(sent.resources, CLUSTER).filter((name) => now.resources[CLUSTER]?.[name] === undefined);
        const own = { [HOST]: kept, [CLUSTER]: extra, [ENDPOINTS]: extra };
        const rest = without(sent.resources, own);
        expect(rest).toEqual(without(now.resources, own));
        if (kept.length === 0) expect(sent.resources).toEqual(now.resources);
      }
    }),
  );
});

const without = (resources: WireResources, names: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(
    Object.entries(resources).map(([type, named]) => [
      type,
      Object.fromEntries(Object.entries(named).filter(([name]) => !names[type]?.includes(name))),
    ]),
  );

test('a push that nothing came before changes nothing', () => {
  fc.assert(
    fc.property(meshHistory, interception, (views, mode) => {
      for (const { now, sent } of pushes(views, mode)) {
        const { resources, good } = keepLastGood(sent, now);
        expect({ resources, good }).toEqual({ resources: sent.resources, good: sent.good });
      }
    }),
  );
});

test('no virtual host is kept that a running rollout weighs', () => {
  fc.assert(
    fc.property(meshHistory, interception, (views, mode) => {
      for (const { now, sent, kept } of pushes(views, mode)) {
        const weighed = new Set(now.telemetry.flatMap(({ clusters }) => Object.values(clusters)));
        const named = kept.flatMap((name) => namedClusters(sent.resources[HOST]?.[name]?.body ?? ''));
        expect(named.filter((name) => weighed.has(name))).toEqual([]);
      }
    }),
  );
});
