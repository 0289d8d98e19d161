import { describe, expect, test } from 'vitest';
import type { OutboxEntry } from '#aws/outbox.ts';
import type { ProxyItems, SidecarItem, TaskItem } from '#aws/proxy-items.ts';
import type { Revision } from '#aws/revision-store.ts';
import type { DeploymentName } from '#aws/services.ts';
import type { SeenTask } from '#aws/tasks.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import type { StoredRoute } from '#rollouts/route-shift.ts';
import { type SweepPorts, sweep } from '../../functions/sweep/sweep.ts';
import { ACCOUNT, CLUSTER, orders, SERVICE, TASK } from '../support/event-world.ts';

const NOW = 1_000_000;
const LONG_AGO = NOW - 31_000;

const task: TaskItem = {
  task: TASK,
  proxy: orders,
  deployment: 'ecs-svc/1',
  interception: 'explicit',
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  version: 3,
  cluster: CLUSTER,
  serviceArn: SERVICE,
  startedAt: 0,
};
const sidecar: SidecarItem = { task: TASK, appliedRev: 4, hash: '', ready: true, at: 1, agent: '', envoy: '' };
const node: Resource = {
  kind: 'virtualNode',
  owner: ACCOUNT,
  mesh: 'shop',
  name: 'orders',
  spec: {},
  uid: 'u',
  version: 1,
  createdAt: 0,
  lastUpdatedAt: 0,
};
const entry: OutboxEntry = { owner: ACCOUNT, mesh: 'shop', id: 'change-1', at: LONG_AGO, changes: [] };

interface Found {
  readonly outbox: readonly OutboxEntry[];
  readonly items: ProxyItems;
  readonly revision: Revision | undefined;
  readonly running: readonly Partial<Rollout>[];
  readonly route: StoredRoute | undefined;
  readonly status: string | undefined;
  readonly seen: Readonly<Record<string, SeenTask>>;
  readonly repairs: Readonly<Record<string, string>>;
  readonly inProgress: readonly DeploymentName[];
  readonly found: readonly TaskItem[];
  readonly drifted: readonly ProxyId[];
}

/** A sweep over what is found; everything it does is a line. */
function sweeping(found: Partial<Found>, over: Partial<SweepPorts> = {}) {
  const done: string[] = [];
  const note = (line: string) => Promise.resolve(void done.push(line));
  const ports: SweepPorts = {
    meshes: async () => [{ owner: ACCOUNT, mesh: 'shop', resources: [node] }],
    outbox: { list: async () => found.outbox ?? [] },
    items: async () => found.items ?? { tasks: [], sidecars: new Map() },
    revisions: { get: async () => found.revision },
    publisher: {
      publishAll: (_owner, _mesh, id) => note(`publish ${id}`),
      resend: (proxy, id) => note(`resend ${proxy.name} ${id}`),
      clientsOf: async () => [],
      push: async (proxies) => {
        await note(`push ${proxies.map(({ name }) => name)}`);
        return [];
      },
      drifted: async () => found.drifted ?? [],
    },
    cloudMap: { discover: async () => [] },
    store: { keep: async () => false },
    services: {
      inProgress: async (cluster, services) => {
        await note(`look ${cluster} ${services}`);
        return found.inProgress ?? [];
      },
    },
    seeTasks: async (_cluster, tasks) => {
      const known = Object.entries(found.seen ?? {});
      return new Map(known.filter(([id]) => tasks.includes(id)));
    },
    findTasks: async (ids) => {
      await note(`find ${ids}`);
      return found.found ?? [];
    },
    deployments: { stopTask: (cluster, id) => note(`stop ${id} in ${cluster}`) },
    noticeTask: ({ task: id, lastStatus, version }) => note(`task ${id} ${lastStatus} ${version}`),
    notice: ({ deployment }) => note(`notice ${deployment}`),
    running: async () => (found.running ?? []) as readonly Rollout[],
    executionStatus: async () => found.status,
    repairStatus: async (name) => found.repairs?.[name],
    executions: {
      startCanary: (id) => note(`start ${id}`),
      startHeal: (name, input) => note(`heal ${name} ${input.kind}`),
    },
    wake: (id) => note(`wake ${id}`),
    routes: { get: async () => found.route },
    recordFact: (id, fact) => note(`${fact.kind} ${id}`),
    now: () => NOW,
    log: {
      info: () => {},
      warn: () => {},
      error: (message, fields) => void done.push(`${message}: ${fields?.['what']}`),
    },
    ...over,
  };
  return { run: () => sweep(ports), done };
}

const running = (startedAt: number) => [{ id: 'dep-1', startedAt }];
const behind: Partial<Found> = {
  items: { tasks: [task], sidecars: new Map([[TASK, sidecar]]) },
  revision: { next: 9, rev: 5, findings: [], publishedAt: LONG_AGO },
};
const looked = `look ${CLUSTER} ${SERVICE}`;

test('a change that stayed in the outbox is published, a fresh one is left to its own function', async () => {
  const { run, done } = sweeping({ outbox: [entry, { ...entry, id: 'change-2', at: NOW - 5000 }] });
  await run();

  expect(done).toEqual(['publish change-1']);
});

const moving: Partial<Rollout> = {
  id: 'route-1',
  startedAt: LONG_AGO,
  phase: 'observing',
  node: orders,
  move: { virtualRouter: 'orders', routes: ['main'], from: 'orders' },
};

test.each<[string, StoredRoute | undefined, string[]]>([
  ['was written by a user ends', { spec: {}, version: 4 }, ['superseded route-1', 'wake route-1']],
  ['was deleted ends', undefined, ['superseded route-1', 'wake route-1']],
  ['is as it was written goes on', { spec: {}, version: 4, writtenBy: 'route-1' }, ['wake route-1']],
])('a rollout whose route %s', async (_, route, expected) => {
  const { run, done } = sweeping({ running: [moving], status: 'RUNNING', route });
  await run();
  expect(done).toEqual(expect.arrayContaining(expected));
  expect(done.filter((line) => line.startsWith('superseded'))).toHaveLength(expected.length - 1);
});

test.each([
  ['is left to the repair that runs', { 'dead-dep-1': 'RUNNING' }, []],
  [
    'is repaired under another name once a repair has failed',
    { 'dead-dep-1': 'FAILED' },
    ['heal dead-dep-1-1 deadExecution'],
  ],
  ['is left to the later repair that runs', { 'dead-dep-1': 'FAILED', 'dead-dep-1-0': 'RUNNING' }, []],
])('a rollout whose execution died %s', async (_name, repairs, expected) => {
  const { run, done } = sweeping({ running: running(LONG_AGO), status: 'FAILED', repairs });
  await run();

  expect(done).toEqual(expected);
});

test.each([
  ['is woken while its execution runs: a wake-up may be lost', 'RUNNING', LONG_AGO, ['wake dep-1']],
  ['whose execution died is healed', 'FAILED', LONG_AGO, ['heal dead-dep-1 deadExecution']],
  ['whose execution ended without ending it is healed', 'SUCCEEDED', LONG_AGO, ['heal dead-dep-1 deadExecution']],
  ['that never got its execution gets it', undefined, LONG_AGO, ['start dep-1']],
  ['that has just begun is left to its own function', undefined, NOW - 1000, []],
])('a running rollout %s', async (_name, status, startedAt, expected) => {
  const { run, done } = sweeping({ running: running(startedAt), status });
  await run();

  expect(done).toEqual(expected);
});

test('a sidecar that fell behind is sent its snapshot again', async () => {
  const { run, done } = sweeping(behind);
  await run();

  expect(done).toEqual([`resend orders ${TASK}`, looked]);
});

test.each([
  ['a revision that has just been published', { revision: { next: 9, rev: 5, findings: [], publishedAt: NOW - 1000 } }],
  ['a sidecar that has it', { revision: { next: 9, rev: 4, findings: [], publishedAt: LONG_AGO } }],
  [
    'a task that ECS stops',
    { items: { tasks: [{ ...task, desiredStatus: 'STOPPED' }], sidecars: new Map([[TASK, sidecar]]) } },
  ],
  ['a task that is still starting', { items: { tasks: [task], sidecars: new Map() } }],
  [
    'an Envoy that refused it',
    {
      items: {
        tasks: [task],
        sidecars: new Map([[TASK, { ...sidecar, rejected: { rev: 5, type: 't', text: 'no' } }]]),
      },
    },
  ],
])('nothing is sent again to or for %s', async (_name, over: Partial<Found>) => {
  const { run, done } = sweeping({ ...behind, ...over });
  await run();

  expect(done).toEqual([looked]);
});

describe('a task', () => {
  const swept = async (of: TaskItem, seen: SeenTask) => {
    const { run, done } = sweeping({ items: { tasks: [of], sidecars: new Map() }, seen: { [TASK]: seen } });
    await run();
    return done.filter((line) => line.startsWith('task '));
  };
  const old = { ...task, startedAt: NOW - 301_000 };
  const stopped = { lastStatus: 'STOPPED', desiredStatus: 'STOPPED', version: 9 } as const;

  test('whose last event was lost is noticed as ECS has it now', async () => {
    expect(await swept(old, stopped)).toEqual([`task ${TASK} STOPPED 9`]);
  });

  test('that ECS has forgotten has stopped, so that its endpoint does not stay for ever', async () => {
    expect(await swept(old, 'missing')).toEqual([`task ${TASK} STOPPED 4`]);
  });

  test('that is known as it is, has stopped already or is too new for ECS to show is left alone', async () => {
    expect(await swept(old, { lastStatus: 'RUNNING', desiredStatus: 'RUNNING', version: 3 })).toEqual([]);
    expect(await swept({ ...old, lastStatus: 'STOPPED' }, 'missing')).toEqual([]);
    expect(await swept({ ...task, startedAt: NOW - 1000 }, 'missing')).toEqual([]);
  });
});

test('a deployment that nobody drives is noticed', async () => {
  const name = { serviceArn: SERVICE, clusterArn: CLUSTER, deployment: 'ecs-svc/2' };
  const { run, done } = sweeping({ ...behind, revision: undefined, inProgress: [name] });
  await run();

  expect(done).toEqual([looked, 'notice ecs-svc/2']);
});

test('what cannot be mended in one place keeps it from no other, and fails the sweep at its end', async () => {
  const broken = async () => Promise.reject(new Error('throttled'));
  const { run, done } = sweeping(
    { ...behind, outbox: [entry], running: running(LONG_AGO) },
    { executionStatus: broken, outbox: { list: broken } },
  );

  await expect(run()).rejects.toThrow('2 things could not be swept');
  expect(done).toEqual(['not swept: rollout dep-1', 'not swept: outbox of shop', `resend orders ${TASK}`, looked]);
});
