import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLUSTER, VIRTUAL_HOST } from '../../proxy/agent/xds-type.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { eventually } from './eventually.ts';
import { Forwarder } from './forwarder.ts';
import { LocalControlPlane } from './local-control-plane.ts';
import { FRONT_KEY, gatewaySnapshot, shopSnapshot, snapshotOf } from './shop-mesh.ts';
import { bundleAgent, Sidecar } from './sidecar.ts';

const ORDERS = 'orders.local:8080';
let plane: LocalControlPlane;
let bundle: string;
let sidecar: Sidecar;
let servers: Server[];
let address: (host: number) => string;
let rev = 0;
let tasks = 0;

/** What a peer task serves: its name, and how it answers. */
async function serve(host: number, port: number, status: (path: string) => number = () => 200): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(status(request.url ?? '')).end(`${host}`);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, address(host), resolve));
  return address(host);
}

/** The ack that says: ready, with the revision stored last. Acks of earlier tests may still be in the queue. */
const ready = () => plane.ack((report) => report.ready && report.rev === rev, `a ready ack of revision ${rev}`);

const app = () => serve(2, 8080);
const peer = (host: number, status?: (path: string) => number) => serve(host, 15_100, status);

/** Bodies of `n` answers of `orders` and how often each came. */
async function answers(n: number, path = '/'): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < n; i++) {
    const { status, body } = await sidecar.get(ORDERS, path);
    const name = status === 200 ? body : `${status}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Calls `orders` without a pause until told to stop; resolves with the answers other than 200. */
function load(): () => Promise<readonly number[]> {
  let going = true;
  const failed: number[] = [];
  const done = (async () => {
    while (going) {
      const { status } = await sidecar.get(ORDERS);
      if (status !== 200) failed.push(status);
    }
    return failed;
  })();
  return () => {
    going = false;
    return done;
  };
}

beforeAll(async () => {
  [plane, bundle] = await Promise.all([LocalControlPlane.start(), bundleAgent()]);
});

afterAll(() => plane.stop());

beforeEach(() => {
  servers = [];
  address = loopbackNetwork();
  sidecar = new Sidecar(address(2), `task${++tasks}`, bundle);
});

afterEach(async () => {
  await sidecar.dispose();
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('a sidecar with its control plane', () => {
  test('becomes ready with the first snapshot, and traffic flows', async () => {
    await app();
    const stable = [await peer(3)];
    await plane.store(shopSnapshot({ rev: ++rev, stable }));
    await sidecar.start(plane);
    const ack = await ready();
    expect(ack).toMatchObject({ v: 1, protocol: [1, 1], rev, ready: true, envoy: '1.40.0' });
    expect(await answers(3)).toEqual({ 3: 3 });
  });

  test('stays unready until the app accepts connections', async () => {
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(3)] }));
    await sidecar.start(plane);
    const applied = await plane.ack((report) => report.rev === rev, 'an ack of the revision');
    expect(applied.ready).toBe(false);
    await app();
    await ready();
  });

  test('takes a changed cluster at once, with endpoints that did not change', async () => {
    await app();
    const stable = [await peer(3)];
    await plane.store(shopSnapshot({ rev: ++rev, stable }));
    await sidecar.start(plane);
    await ready();
    const started = performance.now();
    await plane.push(shopSnapshot({ rev: ++rev, stable, maxServerErrors: 5 }));
    await ready();
    // Envoy waits 5 s for endpoints that nobody sends.
    expect(performance.now() - started).toBeLessThan(4000);
    expect(await answers(3)).toEqual({ 3: 3 });
  });

  test('moves traffic as weights change, without one failed request', async () => {
    await app();
    const stable = [await peer(3)];
    const canary = await peer(4);
    await plane.store(shopSnapshot({ rev: ++rev, stable }));
    await sidecar.start(plane);
    await ready();
    const stop = load();
    for (const basisPoints of [0, 2500, 5000, 10_000]) {
      await plane.push(shopSnapshot({ rev: ++rev, stable, canary: { address: canary, basisPoints } }));
      await plane.ack((report) => report.rev === rev, `an ack of ${basisPoints} basis points`);
      if (basisPoints === 0) expect(await answers(20)).toEqual({ 3: 20 });
      if (basisPoints === 10_000) expect(await answers(20)).toEqual({ 4: 20 });
    }
    await plane.push(shopSnapshot({ rev: ++rev, stable: [canary] }));
    await plane.ack((report) => report.rev === rev, 'an ack of the end');
    expect(await stop()).toEqual([]);
    const { body } = await sidecar.admin('/clusters');
    expect(body).not.toContain('_canary::');
  });

  test("reports Envoy's own words when it refuses a route to a cluster that is not there, and serves on", async () => {
    await app();
    const stable = [await peer(3)];
    const canary = { address: await peer(4), basisPoints: 10_000 };
    const good = shopSnapshot({ rev: ++rev, stable });
    await plane.store(good);
    await sidecar.start(plane);
    await ready();
    const ghost = {
      ...good.resources,
      [VIRTUAL_HOST]: shopSnapshot({ rev: 1, stable, canary }).resources[VIRTUAL_HOST] ?? {},
    };
    await plane.push(snapshotOf(++rev, ghost, [], good.appPorts));
    const ack = await plane.ack((report) => report.rejected !== undefined, 'a refusal');
    expect(ack).toMatchObject({ rev: rev - 1, rejected: { rev, type: VIRTUAL_HOST }, ready: true });
    expect(ack.rejected?.text).toContain('unknown weighted cluster');
    await sidecar.event('lastGoodServed');
    expect(await answers(10)).toEqual({ 3: 10 });
    await plane.push(shopSnapshot({ rev: ++rev, stable, canary }));
    const mended = await plane.ack((report) => report.rev === rev, 'an ack of the mended snapshot');
    expect(mended.rejected).toBeUndefined();
    expect(await answers(10)).toEqual({ 4: 10 });
  });

  test('takes back what it can of a refused set of clusters, of which Envoy applied a part', async () => {
    await app();
    const stable = [await peer(3)];
    const good = shopSnapshot({ rev: ++rev, stable });
    await plane.store(good);
    await sidecar.start(plane);
    await ready();
    const whole = shopSnapshot({ rev: 1, stable, canary: { address: address(4), basisPoints: 0 } });
    const broken = { version: 'broken', body: Buffer.from([0xff]).toString('base64') };
    const clusters = { ...whole.resources[CLUSTER], broken };
    await plane.push(snapshotOf(++rev, { ...whole.resources, [CLUSTER]: clusters }, [], good.appPorts));
    await plane.ack((report) => report.rejected?.rev === rev, 'a refusal');
    await sidecar.event('lastGoodServed');
    expect((await sidecar.admin('/clusters')).body).not.toContain('_canary::');
    expect(await answers(5)).toEqual({ 3: 5 });
  });

  test('answers a request to send its state again, although nothing is new', async () => {
    await app();
    const snapshot = shopSnapshot({ rev: ++rev, stable: [await peer(3)] });
    await plane.store(snapshot);
    await sidecar.start(plane);
    const { at } = await ready();
    await plane.publish(FRONT_KEY, { v: 1, kind: 'pointer', rev, hash: snapshot.hash, resend: true });
    const again = await plane.ack((report) => report.at > at, 'another ack');
    expect(again).toMatchObject({ rev, ready: true });
  });

  test('as a gateway serves a port that it is given later, and no more one that is taken away', async () => {
    const orders = await peer(3);
    await plane.store(gatewaySnapshot(++rev, [8088], orders));
    await sidecar.start(plane, { APPMESH_RESOURCE_ARN: 'mesh/shop/virtualGateway/edge' });
    await ready();
    expect(await sidecar.get('any', '/', 8088)).toEqual({ status: 200, body: '3' });
    await plane.push(gatewaySnapshot(++rev, [8088, 8089], orders));
    await plane.ack((report) => report.rev === rev, 'an ack of the second port');
    await eventually('the second port', async () => (await sidecar.get('any', '/', 8089)).status === 200, 3_000);
    await plane.push(gatewaySnapshot(++rev, [8089], orders));
    await plane.ack((report) => report.rev === rev, 'an ack of the end of the first port');
    expect(await sidecar.get('any', '/', 8089)).toEqual({ status: 200, body: '3' });
    await eventually('the end of the first port', async () => (await sidecar.get('any', '/', 8088)).status === 0);
  });

  test('follows by polling where there is no push', async () => {
    await app();
    const stable = [await peer(3)];
    await plane.store(shopSnapshot({ rev: ++rev, stable }));
    await sidecar.start(plane, { WEIR_CHANNEL: 'poll' });
    await eventually('traffic', async () => (await sidecar.get(ORDERS)).status === 200);
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(4)] }));
    await eventually('the new endpoint', async () => (await sidecar.get(ORDERS)).body === '4');
  });

  test.for([
    ['answers 500', () => peer(4, () => 500)],
    ['refuses connections', async () => address(4)],
  ] as const)('counts every failed attempt of a canary that %s, though no client sees one', async ([name, start]) => {
    await app();
    const stable = [await peer(3)];
    const canary = { address: await start(), basisPoints: 5000, rollout: name };
    await plane.store(shopSnapshot({ rev: ++rev, stable, canary }));
    await sidecar.start(plane);
    await ready();
    await plane.counts(({ rollout }) => rollout === name, 'first counts');
    expect(await answers(60)).toEqual({ 3: 60 });
    const sum = { stable: 0, canary: 0, failures: 0, shielded: 0, stableFailures: 0 };
    await eventually('all requests counted', async () => {
      const counts = await plane.counts(({ rollout }) => rollout === name, 'counts');
      sum.stable += counts.stable.requests;
      sum.canary += counts.canary.requests;
      sum.failures += counts.canary.failures;
      sum.stableFailures += counts.stable.failures;
      sum.shielded += counts.shielded;

      return sum.stable === 60;
    });
    expect(sum.canary).toBeGreaterThan(10);
    expect(sum).toMatchObject({ failures: sum.canary, shielded: sum.canary, stableFailures: 0 });
  });
});

describe('a sidecar in trouble', () => {
  test('serves on without its agent, and the next agent takes Envoy over where it is', async () => {
    await app();
    const stable = [await peer(3)];
    await plane.store(shopSnapshot({ rev: ++rev, stable }));
    await sidecar.start(plane);
    const { pid } = await sidecar.event('envoyStarted');
    await ready();
    const stop = load();
    const before = sidecar.mark();
    process.kill(await sidecar.agentPid(), 'SIGKILL');
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(4)] }));
    expect((await sidecar.event('envoyAdopted', before)).pid).toBe(pid);
    await ready();
    expect(await stop()).toEqual([]);
    expect(await answers(3)).toEqual({ 4: 3 });
  });

  test('sends Envoy nothing that it holds already when the agent is a new one', async () => {
    await app();
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(3)] }));
    await sidecar.start(plane);
    const { at } = await ready();
    const updates = async () => (await sidecar.admin('/stats?filter=(cds|lds|rds.*|eds)[.]update_success$')).body;
    const before = await updates();
    process.kill(await sidecar.agentPid(), 'SIGKILL');
    // Envoy serves all along: the first that is heard of the next agent must not take the task out of its callers' traffic.
    expect(await plane.ack((report) => report.at > at, 'an ack of the next agent')).toMatchObject({ ready: true });
    expect(before).toContain('cluster_manager.cds.update_success: 1');
    expect(await updates()).toBe(before);
  });

  test('polls while the broker is away, and reports when it is back', async () => {
    await app();
    const broker = new Forwarder(plane.aws.url, address(5));
    const endpoint = await broker.open();
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(3)] }));
    await sidecar.start(plane, { AWS_ENDPOINT_URL_IOT: endpoint });
    await ready();
    broker.close();
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(4)] }));
    await eventually('the new endpoint', async () => (await sidecar.get(ORDERS)).body === '4');
    await broker.open();
    await ready();
    broker.close();
  });

  test('is back soon after Envoy died', async () => {
    await app();
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(3)] }));
    await sidecar.start(plane);
    const { pid = 0 } = await sidecar.event('envoyStarted');
    await ready();
    const before = sidecar.mark();
    process.kill(pid, 'SIGKILL');
    await sidecar.event('envoyStarted', before);
    await eventually('traffic', async () => (await sidecar.get(ORDERS)).status === 200, 10_000);
  });

  test('gives the task up when Envoy dies again and again', async () => {
    await sidecar.start(undefined, { WEIR_ENVOY: '/bin/false' });
    await sidecar.event('envoyEnded');
    await eventually('the end of the container', () => sidecar.exitCode() === 70);
  });

  test('starts cold from its disk while nothing else answers', async () => {
    await app();
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(3)] }));
    await sidecar.start(plane);
    await ready();
    await sidecar.crash();
    expect(await answers(1)).toEqual({ 0: 1 });
    await sidecar.start(undefined);
    await eventually('traffic', async () => (await sidecar.get(ORDERS)).status === 200);
  });

  test('drains on SIGTERM: says that it leaves, lets the last request end, exits 0', async () => {
    let finish: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = createServer((_request, response) => void held.then(() => response.end('slow')));
    servers.push(slow);
    await new Promise<void>((resolve) => slow.listen(8080, address(2), resolve));
    await plane.store(shopSnapshot({ rev: ++rev, stable: [await peer(3)] }));
    await sidecar.start(plane);
    await ready();
    const last = sidecar.get('front', '/', 15_100);
    await eventually(
      'the request at the app',
      () => new Promise<boolean>((resolve) => slow.getConnections((_, n) => resolve(n > 0))),
    );
    const ended = sidecar.stop();
    await plane.ack((report) => !report.ready && report.rev === rev, 'a farewell');
    finish();
    expect(await last).toEqual({ status: 200, body: 'slow' });
    expect(await ended).toBe(0);
    expect(await sidecar.event('drained')).toMatchObject({ connectionsLeft: 0 });
  });
});
