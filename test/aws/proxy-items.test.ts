import { expect, test } from 'vitest';
import {
  endpointsOf,
  interceptionOf,
  isEligible,
  readProxyItems,
  sidecarsOf,
  type TaskItem,
} from '#aws/proxy-items.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';

const proxy: ProxyId = { owner: '111122223333', mesh: 'shop', kind: 'vn', name: 'orders' };
const task: TaskItem = {
  task: 'a',
  proxy,
  deployment: 'ecs-svc/1',
  address: '10.0.0.1',
  interception: 'explicit',
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  version: 1,
  cluster: 'c',
  az: 'us-east-1a',
  startedAt: 1,
};
const ready = { task: 'a', appliedRev: 3, hash: 'h', ready: true, ackedAt: 7, at: 1, agent: '', envoy: '' };

test.each([
  ['runs, is wanted and ready', {}, ready, true],
  ['is still starting', { lastStatus: 'PENDING' }, ready, false],
  ['is to stop', { desiredStatus: 'STOPPED' }, ready, false],
  ['is not ready', {}, { ...ready, ready: false }, false],
  ['never reported', {}, undefined, false],
])('a task that %s: eligible = %#', (_name, over, sidecar, expected) => {
  expect(isEligible({ ...task, ...over }, sidecar)).toBe(expected);
});

test('a task without an address is no endpoint yet', () => {
  const { address: _, ...unattached } = task;

  expect(isEligible(unattached, ready)).toBe(false);
});

test('a partition’s items are told apart, and those of others left out', () => {
  const items = readProxyItems([
    { pk: 'p', sk: 'TASK#a', ...task },
    { pk: 'p', sk: 'SIDECAR#a', ...ready },
    { pk: 'p', sk: 'SIDECAR#ghost', ...ready, task: 'ghost' },
    { pk: 'p', sk: 'SPLIT', split: { stable: ['ecs-svc/1'] }, fence: 4 },
    { pk: 'p', sk: 'WAIT#dep-1' },
  ]);

  expect(endpointsOf(items)).toEqual([
    {
      task: 'a',
      deployment: 'ecs-svc/1',
      address: '10.0.0.1',
      interception: 'explicit',
      availabilityZone: 'us-east-1a',
    },
  ]);
  expect(sidecarsOf(proxy, items)).toEqual([
    { proxy, task: 'a', deployment: 'ecs-svc/1', wanted: true, appliedRev: 3, ackedAt: 7, ready: true },
  ]);
  expect([items.split, items.fence]).toEqual([{ stable: ['ecs-svc/1'] }, 4]);
});

test('a proxy is compiled for its newest wanted task, else its newest known, else for App Mesh’s redirect', () => {
  const older: TaskItem = { ...task, interception: 'transparent', startedAt: 0 };
  const stopped: TaskItem = { ...task, interception: 'explicit', startedAt: 9, desiredStatus: 'STOPPED' };

  expect(interceptionOf({ tasks: [older, task] })).toBe('explicit');
  expect(interceptionOf({ tasks: [older, stopped] })).toBe('transparent');
  expect(interceptionOf({ tasks: [stopped] })).toBe('explicit');
  expect(interceptionOf({ tasks: [] })).toBe('transparent');
});
