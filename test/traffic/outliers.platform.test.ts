import { describe, expect, test } from 'vitest';
import { node, served } from '../support/lab-mesh.ts';
import { loopbackNetwork } from '../support/loopback.ts';
import { useTraffic } from '../support/traffic.ts';

const ip = loopbackNetwork();
const [FRONT, A, B] = [ip(1), ip(2), ip(3)];

const seconds = (value: number) => ({ unit: 's', value });
/** Three failures in a row and a task is out, for a short while. */
const outlierDetection = { maxServerErrors: 3, interval: seconds(1), baseEjectionDuration: seconds(1) };

const mesh = (maxEjectionPercent: number) => `
resources:
  virtualNode/front: { backends: [{ virtualService: { virtualServiceName: orders.local } }] }
  virtualNode/orders: ${node([8080, 'http', { outlierDetection: { ...outlierDetection, maxEjectionPercent } }])}
  virtualService/orders.local: { provider: { virtualRouter: { virtualRouterName: orders } } }
  virtualRouter/orders: { listeners: [{ portMapping: { port: 8080, protocol: http } }] }
  virtualRouter/orders/route/main:
    httpRoute:
      match: { prefix: / }
      action: { weightedTargets: [{ virtualNode: orders, weight: 1 }] }
${served({ orders: { stable: [A, B] } })}`;

const traffic = useTraffic({
  address: FRONT,
  proxy: 'virtualNode/front',
  mesh: mesh(100),
  upstreams: [
    { name: 'a', address: A, port: 8080 },
    { name: 'b', address: B, port: 8080 },
  ],
});

describe('outlier detection', () => {
  test('takes a task out after so many failures in a row, and lets it in again after its time', async () => {
    const client = traffic.client(8080);
    traffic.app('a').answer = () => ({ status: 500 });

    for (let i = 0; i < 20; i++) await client.send();
    expect(traffic.app('a').seen).toHaveLength(3);
    expect(await traffic.answers(client, 20)).toEqual({ b: 20 });

    traffic.app('a').answer = () => ({});
    await expect.poll(() => traffic.answers(client, 4), { timeout: 15_000, interval: 200 }).toHaveProperty('a');
  });

  test('takes out no task when maxEjectionPercent is 0', async () => {
    await traffic.apply(mesh(0));
    const client = traffic.client(8080);
    traffic.app('a').answer = () => ({ status: 500 });

    const counts = await traffic.answers(client, 60);

    expect(counts['a']).toBeGreaterThan(3);
  });
});
