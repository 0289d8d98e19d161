import { describe, expect, test } from 'vitest';
import type { SidecarItem, TaskItem } from '#aws/proxy-items.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { COMPARED, sweepDrift } from '../../functions/sweep/sweep-drift.ts';
import { orphansOf, sweepOrphans } from '../../functions/sweep/sweep-orphans.ts';
import { sweepSidecars } from '../../functions/sweep/sweep-sidecars.ts';
import { CLUSTER, orders } from '../support/event-world.ts';

const NOW = 1_000_000;

const task = (id: string): TaskItem => ({
  task: id,
  proxy: orders,
  deployment: 'ecs-svc/1',
  interception: 'explicit',
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  version: 3,
  cluster: CLUSTER,
  startedAt: 0,
});
const sidecar = (id: string, appliedRev: number): [string, SidecarItem] => [
  id,
  { task: id, appliedRev, hash: '', ready: true, at: 1, agent: '', envoy: '' },
];

describe('a sidecar that is behind', () => {
  /** What is done about tasks with these applied revisions, revision 5 having been published so long ago. */
  const swept = async (applied: Readonly<Record<string, number>>, seconds: number) => {
    const done: string[] = [];
    const note = async (line: string) => void done.push(line);
    const ports = {
      revisions: { get: async () => ({ next: 9, rev: 5, findings: [], publishedAt: NOW - seconds * 1000 }) },
      publisher: { resend: (_: ProxyId, id: string) => note(`resend ${id}`) },
      deployments: { stopTask: (_: string, id: string, reason: string) => note(`stop ${id}: ${reason}`) },
      now: () => NOW,
    };
    const sidecars = new Map(Object.entries(applied).map(([id, rev]) => sidecar(id, rev)));
    await sweepSidecars(ports, orders, { tasks: Object.keys(applied).map(task), sidecars });
    return done;
  };

  test('for half a minute is sent the state again', async () => {
    expect(await swept({ a: 4, b: 5 }, 29)).toEqual([]);
    expect(await swept({ a: 4, b: 5 }, 31)).toEqual(['resend a']);
  });

  test('for three minutes has its task replaced, as long as the state reaches others', async () => {
    expect(await swept({ a: 4, b: 5 }, 181)).toEqual([
      'stop a: Weir: its Envoy did not confirm revision 5 for minutes',
    ]);
    expect(await swept({ a: 4, b: 4 }, 181)).toEqual(['resend a', 'resend b']);
  });

  test('with many others is replaced with a fifth of them at a time', async () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`t${i}`, i < 5 ? 4 : 5]));
    const done = await swept(many, 600);

    expect(done.filter((line) => line.startsWith('stop'))).toHaveLength(2);
    expect(done.filter((line) => line.startsWith('resend'))).toHaveLength(3);
  });

  test('and has never confirmed anything is still starting', async () => {
    expect(await swept({ a: 0, b: 5 }, 600)).toEqual([]);
  });
});

describe('a sidecar whose task no event has told of', () => {
  const sidecars = new Map([sidecar('known', 5), sidecar('orphan', 5)]);

  test('is found by what it reports, and its task noticed as ECS has it', async () => {
    const asked: (readonly string[])[] = [];
    const noticed: string[] = [];
    const orphans = orphansOf({ tasks: [task('known')], sidecars });
    await sweepOrphans(
      {
        findTasks: async (ids) => {
          asked.push(ids);
          return ids.map(task);
        },
        noticeTask: async ({ task: id }) => void noticed.push(id),
      },
      orphans,
    );

    expect([asked, noticed]).toEqual([[['orphan']], ['orphan']]);
  });

  test('costs no call to ECS where there is none', async () => {
    const never = async () => Promise.reject(new Error('not to be called'));
    await sweepOrphans(
      { findTasks: never, noticeTask: never },
      orphansOf({ tasks: [task('known'), task('orphan')], sidecars }),
    );
  });
});

describe('drift', () => {
  const proxies = Array.from({ length: COMPARED * 2 + 1 }, (_, i): ProxyId => ({ ...orders, name: `n${i}` }));
  const swept = async (all: readonly ProxyId[], minute: number, drifted: readonly string[] = []) => {
    const seen: string[] = [];
    const pushed: string[] = [];
    const publisher = {
      drifted: async (some: readonly ProxyId[]) => {
        seen.push(...some.map(({ name }) => name));
        return some.filter(({ name }) => drifted.includes(name));
      },
      push: async (some: readonly ProxyId[]) => {
        pushed.push(...some.map(({ name }) => name));
        return [];
      },
    };
    await sweepDrift({ publisher, now: () => minute * 60_000 }, all);
    return { seen, pushed };
  };

  test('is pushed away, and nothing is pushed without it', async () => {
    expect(await swept(proxies.slice(0, 3), 0, ['n1'])).toEqual({ seen: ['n0', 'n1', 'n2'], pushed: ['n1'] });
    expect((await swept(proxies.slice(0, 3), 0)).pushed).toEqual([]);
  });

  test('is looked for in all of a large account in turn', async () => {
    const turns = await Promise.all([0, 1, 2].map((minute) => swept(proxies, minute)));

    expect(turns.map(({ seen }) => seen.length)).toEqual([COMPARED, COMPARED, 1]);
    expect(new Set(turns.flatMap(({ seen }) => seen)).size).toBe(proxies.length);
  });
});
