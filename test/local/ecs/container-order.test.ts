import type { ContainerDependency } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { hasCycle, readiness, stopOrder } from '../../../local/ecs/container-order.ts';
import type { ContainerRecord, RegisteredContainer } from '../../../local/ecs/state.ts';

function definition(name: string, ...dependsOn: ContainerDependency[]): RegisteredContainer {
  return { name, image: 'image', dependsOn };
}

const on = (containerName: string, condition: ContainerDependency['condition']) => ({ containerName, condition });

function container(of: RegisteredContainer, state: Partial<ContainerRecord> = {}): ContainerRecord {
  return { definition: of, arn: 'arn', runtimeId: 'id', lastStatus: 'PENDING', health: 'UNKNOWN', ...state };
}

describe('readiness of a container', () => {
  test.each<[ContainerDependency['condition'], Partial<ContainerRecord>, string]>([
    ['START', { lastStatus: 'PENDING' }, 'waiting'],
    ['START', { lastStatus: 'RUNNING' }, 'ready'],
    ['START', { lastStatus: 'STOPPED' }, 'ready'],
    ['HEALTHY', { lastStatus: 'RUNNING' }, 'waiting'],
    ['HEALTHY', { lastStatus: 'RUNNING', health: 'HEALTHY' }, 'ready'],
    ['HEALTHY', { lastStatus: 'RUNNING', health: 'UNHEALTHY' }, 'impossible'],
    ['HEALTHY', { lastStatus: 'STOPPED', health: 'HEALTHY' }, 'impossible'],
    ['COMPLETE', { lastStatus: 'RUNNING' }, 'waiting'],
    ['COMPLETE', { lastStatus: 'STOPPED', exitCode: 1 }, 'ready'],
    ['SUCCESS', { lastStatus: 'RUNNING' }, 'waiting'],
    ['SUCCESS', { lastStatus: 'STOPPED', exitCode: 0 }, 'ready'],
    ['SUCCESS', { lastStatus: 'STOPPED', exitCode: 1 }, 'impossible'],
  ])('with %s on a container that is %j is %s', (condition, state, expected) => {
    const app = container(definition('app', on('envoy', condition)));
    expect(readiness(app, [app, container(definition('envoy'), state)]).state).toBe(expected);
  });

  test('is impossible as soon as one dependency is, and says which', () => {
    const app = container(definition('app', on('envoy', 'START'), on('init', 'SUCCESS')));
    const siblings = [
      container(definition('envoy')),
      container(definition('init'), { lastStatus: 'STOPPED', exitCode: 2 }),
    ];
    expect(readiness(app, siblings)).toEqual({
      state: 'impossible',
      reason: 'Container app cannot start: dependency init did not reach SUCCESS.',
    });
  });
});

describe('the order of stopping', () => {
  test('is the reverse of the dependencies', () => {
    const app = definition('app', on('envoy', 'HEALTHY'), on('init', 'SUCCESS'));
    const envoy = definition('envoy', on('init', 'SUCCESS'));
    expect(stopOrder([definition('init'), envoy, app, definition('log')])).toEqual([
      ['app', 'log'],
      ['envoy'],
      ['init'],
    ]);
  });
});

describe('a cycle of dependencies', () => {
  test('is found through any number of containers', () => {
    const b = definition('b', on('c', 'START'));
    const c = definition('c', on('d', 'START'));
    expect(hasCycle([definition('a', on('b', 'START')), b, c, definition('d')])).toBe(false);
    expect(hasCycle([b, c, definition('d', on('b', 'START'))])).toBe(true);
    expect(hasCycle([definition('self', on('self', 'START'))])).toBe(true);
  });
});
