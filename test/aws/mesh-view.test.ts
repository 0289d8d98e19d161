import { expect, test } from 'vitest';
import { withNodes } from '#aws/mesh-view.ts';
import type { ProxyItems, TaskItem } from '#aws/proxy-items.ts';
import type { Split } from '#mesh/model/split.ts';
import { OWNER, viewOf } from '../support/mesh-view.ts';

const listeners = [{ portMapping: { port: 8080, protocol: 'http' } }];
const dns = { listeners, serviceDiscovery: { dns: { hostname: 'orders.local' } } };
const stable: Split = { stable: ['ecs-svc/1'] };
const canary = {
  deployment: 'ecs-svc/2',
  basisPoints: 0,
  shield: 'off',
  rollout: 'dep-2',
  reportEveryMs: 1000,
} as const;

const task: TaskItem = {
  task: 'a',
  proxy: { owner: OWNER, mesh: 'shop', kind: 'vn', name: 'orders' },
  deployment: 'ecs-svc/1',
  address: '10.0.0.1',
  interception: 'explicit',
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  version: 1,
  cluster: 'c',
  startedAt: 1,
};
const sidecar = { task: 'a', appliedRev: 1, hash: '', ready: true, at: 1, agent: '', envoy: '' };

const items = (split: Split, ready?: boolean): ProxyItems => ({
  tasks: [task],
  sidecars: new Map(ready === undefined ? [] : [['a', { ...sidecar, ready }]]),
  split,
});

function splitOf(spec: object, found: ProxyItems): Split | undefined {
  const declared = viewOf({ resources: { 'virtualNode/orders': spec } });
  return withNodes(declared, new Map([['orders', found]])).splits.get('orders');
}

test('a node that declares DNS is found by it until one of its tasks can be reached, and again when none is left', () => {
  expect(splitOf(dns, items(stable))).toBeUndefined();
  expect(splitOf(dns, items(stable, true))).toEqual(stable);
  expect(splitOf(dns, items(stable, false))).toBeUndefined();
});

test('a node that declares no discovery is found through its tasks from the first on', () => {
  expect(splitOf({ listeners }, items(stable))).toEqual(stable);
});

test('a canary is never taken out of the routes for want of endpoints: its sidecars must go on counting', () => {
  expect(splitOf(dns, items({ ...stable, canary }))).toEqual({ ...stable, canary });
});
