import { beforeAll, expect, test } from 'vitest';
import { compile } from '#mesh/compile-proxy.ts';
import type { TelemetryReport } from '#mesh/wire/report.ts';
import { readVariants, reportBetween } from '../../proxy/agent/variant-reading.ts';
import { grpcAnswer, grpcCall } from '../support/grpc.ts';
import { sendMany } from '../support/http-client.ts';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { meshView, proxyId } from '../support/mesh-view.ts';
import { converse, startTcpUpstream } from '../support/tcp-upstream.ts';
import { useTraffic } from '../support/traffic.ts';
import type { Answer } from '../support/upstream.ts';
import { eventually } from './eventually.ts';

const ip = loopbackNetwork();
const [FRONT, STABLE, CANARY, DEAD] = [ip(1), ip(2), ip(3), ip(4)];
const PROXY = 'virtualNode/front';

const half = (rollout: string, address: string, shield = 'off') => ({
  stable: [STABLE],
  canary: { addresses: [address], basisPoints: 5000, rollout, shield },
});

/** `front` calls one service of each kind, each in the middle of a rollout. */
const mesh = `
resources:
  virtualNode/front:
    backends:
      - { virtualService: { virtualServiceName: orders.local } }
      - { virtualService: { virtualServiceName: ledger.local } }
      - { virtualService: { virtualServiceName: store.local } }
  virtualNode/orders: ${node([8080, 'http'])}
  virtualNode/ledger: ${node([5000, 'grpc'])}
  virtualNode/store: ${node([6379, 'tcp'])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/all:
    httpRoute:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] }
      timeout: { perRequest: { unit: ms, value: 400 } }
  virtualService/ledger.local: { provider: { virtualNode: { virtualNodeName: ledger } } }
  virtualService/store.local: { provider: { virtualNode: { virtualNodeName: store } } }
${served({
  orders: half('http', CANARY, 'safe-methods'),
  ledger: half('grpc', CANARY),
  store: half('tcp', DEAD),
})}`;

const upstream = (name: string, address: string, port: number, protocol: 'http' | 'http2' = 'http') => ({
  ...{ name, address, port, protocol },
});
const traffic = useTraffic({
  ...{ address: FRONT, proxy: PROXY, mesh },
  upstreams: [
    upstream('stable', STABLE, 8080),
    upstream('canary', CANARY, 8080),
    upstream('stable-grpc', STABLE, 5000, 'http2'),
    upstream('canary-grpc', CANARY, 5000, 'http2'),
  ],
});

const view = meshView(mesh);
const { canaries } = compile(view, proxyId(view, PROXY), { interception: 'transparent' });
const admin = {
  clusters: () => traffic.lab.admin('/clusters?format=json'),
  detailedStats: (filter: string) =>
    traffic.lab.admin(`/stats?format=json&histogram_buckets=detailed&filter=${encodeURIComponent(filter)}`),
};
const read = (rollout: string) =>
  readVariants(
    admin,
    canaries.filter((order) => order.rollout === rollout),
  );

/** What the agent would report of some traffic, once Envoy has counted all of it, `requests` in all. */
async function reported(rollout: string, requests: number, send: () => Promise<unknown>): Promise<TelemetryReport> {
  const before = await read(rollout);
  await send();
  return eventually(`${requests} requests counted`, async () => {
    const report = reportBetween(rollout, before, await read(rollout));
    const timed = sum(report.latency?.canary) + sum(report.latency?.stable);

    return report.stable.requests + report.canary.requests >= requests && (timed > 0 || rollout === 'tcp') && report;
  });
}

const sum = (latencies: readonly (readonly [number, number])[] = []): number =>
  latencies.reduce((total, [, answers]) => total + answers, 0);

const canaryAnswers = (name: string, answer: Answer) => {
  traffic.app(name).answer = () => answer;
};

beforeAll(() => expect(canaries).toHaveLength(3));

test('answers of 500 and resets of a canary are failures, though the shield hides them', async () => {
  for (const answer of [{ status: 500 }, { reset: true }] as const) {
    canaryAnswers('canary', answer);
    const client = traffic.client(8080);
    const { stable, canary, shielded } = await reported('http', 40, async () => {
      for (const { status } of await sendMany(client, 40)) expect(status).toBe(200);
    });
    expect(canary.requests).toBeGreaterThan(3);
    expect(canary.failures).toBe(canary.requests);
    expect(stable).toEqual({ requests: 40, failures: 0 });
    expect(shielded).toBe(canary.failures);
  }
});

test('requests that a canary does not answer in time are failures', async () => {
  canaryAnswers('canary', { afterMs: 600 });
  const client = traffic.client(8080);
  const { canary } = await reported('http', 40, () => sendMany(client, 40));
  expect(canary.requests).toBeGreaterThan(3);
  expect(canary.failures).toBe(canary.requests);
});

test('how long the answers of each variant took is told in Envoy’s own buckets', async () => {
  canaryAnswers('canary', { afterMs: 150 });
  const client = traffic.client(8080);
  const report = await eventually('all answers in the histograms', async () => {
    const one = await reported('http', 40, () => sendMany(client, 40));
    return one.canary.requests > 3 && one;
  });
  const slow = report.latency?.canary.filter(([ms]) => ms >= 140) ?? [];
  expect(sum(slow)).toBe(sum(report.latency?.canary));
  expect(sum(report.latency?.stable.filter(([ms]) => ms < 140))).toBe(sum(report.latency?.stable));
});

test.for([
  ['INTERNAL', 13, 'fail'],
  ['UNAVAILABLE', 14, 'fail'],
  ['UNKNOWN', 2, 'fail'],
  ['OK', 0, 'pass'],
  ['INVALID_ARGUMENT', 3, 'pass'],
  ['NOT_FOUND', 5, 'pass'],
  ['RESOURCE_EXHAUSTED', 8, 'pass'],
] as const)(
  'gRPC calls that end %s (%i) %s, with the status in headers alone and in trailers',
  async ([, code, outcome]) => {
    const status = { 'grpc-status': `${code}` };
    const alone: Answer = { headers: { 'content-type': 'application/grpc', ...status } };
    const inTrailers: Answer = { ...grpcAnswer('ok'), trailers: status };
    for (const answer of [alone, inTrailers]) {
      traffic.app('stable-grpc').answer = () => grpcAnswer('ok');
      canaryAnswers('canary-grpc', answer);
      const client = traffic.client(5000, 'http2');
      const call = { ...grpcCall('shop.Ledger/Add'), host: 'ledger.local' };
      const { stable, canary } = await reported('grpc', 30, () => sendMany(client, 30, call));
      expect(canary.requests).toBeGreaterThan(3);
      expect(canary.failures).toBe(outcome === 'fail' ? canary.requests : 0);
      expect(stable.failures).toBe(0);
    }
  },
);

test('connections that a tcp canary refuses are failures, those that it takes are not', async () => {
  const store = await startTcpUpstream({ address: STABLE, port: 6379, answer: (text) => text });
  const connections = () => traffic.lab.dial(15001, { address: '10.1.2.3', port: 6379 });
  const { stable, canary } = await reported('tcp', 30, async () => {
    for (let i = 0; i < 30; i++) await converse(connections(), (text) => text === 'x', 'x');
  });
  await store.close();
  expect(canary.requests).toBeGreaterThan(3);
  expect(canary.failures).toBe(canary.requests);
  expect(stable).toEqual({ requests: store.accepted, failures: 0 });
});
