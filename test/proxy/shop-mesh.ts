import { compile } from '#mesh/compile-proxy.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import { resourcesHash, type Snapshot, type TelemetryOrder, type WireResources } from '#mesh/wire/snapshot.ts';
import { proxyId, viewOf } from '../support/mesh-view.ts';

/** What varies between the snapshots of a test. */
export interface ShopOptions {
  readonly rev: number;
  /** Addresses of the tasks of `orders`, by variant. */
  readonly stable: readonly string[];
  readonly canary?: { readonly address: string; readonly basisPoints: number; readonly rollout?: string };
  /** Ports the app of `front` listens on. */
  readonly appPort?: number;
  /** Outlier detection of `orders`, if any. */
  readonly maxServerErrors?: number;
}

const OWNER = '000000000000';
const FRONT = { owner: OWNER, mesh: 'shop', kind: 'vn', name: 'front' } as const;
/** proxyKey of the proxy under test. */
export const FRONT_KEY = proxyKey(FRONT);

/** The snapshot of `front`, which calls `orders.local`, as the real compiler makes it. */
export function shopSnapshot({ rev, stable, canary, appPort = 8080, maxServerErrors }: ShopOptions): Snapshot {
  const listener = (port: number) => ({ portMapping: { port, protocol: 'http' } });
  const endpoint = (deployment: string) => (address: string, i: number) => ({
    ...{ task: `${deployment}-${i}`, deployment, address, interception: 'explicit' as const },
  });
  const view = viewOf({
    resources: {
      'virtualNode/front': {
        listeners: [listener(appPort)],
        backends: [{ virtualService: { virtualServiceName: 'orders.local' } }],
      },
      'virtualNode/orders': { listeners: [{ ...listener(8080), ...outliers(maxServerErrors) }] },
      'virtualService/orders.local': { provider: { virtualNode: { virtualNodeName: 'orders' } } },
    },
    endpoints: {
      orders: [...stable.map(endpoint('s')), ...(canary === undefined ? [] : [canary.address].map(endpoint('c')))],
    },
    splits: {
      orders: {
        stable: ['s'],
        ...(canary && {
          canary: {
            ...{ deployment: 'c', basisPoints: canary.basisPoints, shield: 'safe-methods' as const },
            ...{ rollout: canary.rollout ?? 'dep-1', reportEveryMs: 300 },
          },
        }),
      },
    },
  });
  const compiled = compile(view, proxyId(view, 'virtualNode/front'), { interception: 'explicit' });
  const orders = compiled.canaries.map(({ rollout, everyMs, clusters }) => ({ rollout, everyMs, clusters }));
  return snapshotOf(rev, compiled.resources, orders, compiled.appPorts);
}

function outliers(maxServerErrors: number | undefined): object {
  if (maxServerErrors === undefined) return {};
  const time = { unit: 's', value: 10 };
  return { outlierDetection: { maxServerErrors, interval: time, baseEjectionDuration: time, maxEjectionPercent: 50 } };
}

/** A snapshot of `front` with these resources and the hash that belongs to them. */
export function snapshotOf(
  rev: number,
  resources: WireResources,
  telemetry: readonly TelemetryOrder[] = [],
  appPorts: readonly number[] = [],
): Snapshot {
  return { v: 1, proxy: FRONT_KEY, rev, hash: resourcesHash(resources, telemetry), resources, telemetry, appPorts };
}

/** The snapshot of a gateway that lets everything on `ports` through to `orders`. */
export function gatewaySnapshot(rev: number, ports: readonly number[], orders: string): Snapshot {
  const listeners = ports.map((port) => ({ portMapping: { port, protocol: 'http' } }));
  const action = { target: { virtualService: { virtualServiceName: 'orders.local' } } };
  const view = viewOf({
    resources: {
      'virtualGateway/edge': { listeners },
      'virtualGateway/edge/gatewayRoute/all': { httpRoute: { match: { prefix: '/' }, action } },
      'virtualNode/orders': { listeners: [{ portMapping: { port: 8080, protocol: 'http' } }] },
      'virtualService/orders.local': { provider: { virtualNode: { virtualNodeName: 'orders' } } },
    },
    endpoints: { orders: [{ task: 's-0', deployment: 's', address: orders, interception: 'explicit' }] },
    splits: { orders: { stable: ['s'] } },
  });
  const { resources } = compile(view, proxyId(view, 'virtualGateway/edge'), { interception: 'explicit' });
  return { ...snapshotOf(rev, resources), proxy: proxyKey({ ...FRONT, kind: 'vg', name: 'edge' }) };
}
