import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meshStore } from '#aws/mesh-store.ts';
import { type ResourceItem, resourceOf } from '#aws/mesh-store-item.ts';
import { AppMeshError } from '#mesh/api/errors.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import { DEFAULT_QUOTAS, type Quotas } from '#mesh/api/quotas.ts';
import { referencesOf } from '#mesh/api/references.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { draftAt, idAt } from '../support/app-mesh-table.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table?.close());

type Client = TestTable['client'];

/** A store whose requests go through `client`. */
const storeThrough = (client: Client, quotas: Partial<Quotas> = {}): MeshStore =>
  meshStore({
    client,
    table: table.table,
    quotas: { ...DEFAULT_QUOTAS, ...quotas },
    now: Date.now,
    check: async () => undefined,
    preview: async () => [],
    publish: async () => {},
  });

/** A client whose requests are made one at a time, in the order that the scheduler draws. */
function drawn(scheduler: fc.Scheduler): Client {
  type Command = Parameters<Client['send']>[0];
  // The scheduler itself takes no failures.
  const made = scheduler.scheduleFunction(async (command: Command) => ({
    settled: await Promise.allSettled([table.client.send(command)]),
  }));
  const send = async (command: Command) => {
    const [result] = (await made(command)).settled;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  };
  return { send } as unknown as Client;
}

interface Write {
  readonly verb: 'create' | 'update' | 'delete';
  readonly path: string;
  readonly spec: object;
  /** Sent twice with one client token. */
  readonly twice: boolean;
}

const routeTo = (names: readonly string[], mark: number) => ({
  priority: mark,
  tcpRoute: { action: { weightedTargets: names.map((virtualNode) => ({ virtualNode, weight: 1 })) } },
});
const provider = (of: string) =>
  of === 'r' ? { virtualRouter: { virtualRouterName: 'r' } } : { virtualNode: { virtualNodeName: of } };
const mark = fc.nat(1000);
const names = fc.subarray(['a', 'b'], { minLength: 1 });
const verb = fc.constantFrom('create' as const, 'update' as const, 'delete' as const);
const written: fc.Arbitrary<readonly [path: string, spec: object]> = fc.oneof(
  fc.tuple(fc.constantFrom('virtualNode/a', 'virtualNode/b'), fc.constant({})),
  fc.tuple(fc.constant('virtualRouter/r'), fc.constant({})),
  fc.tuple(
    fc.constantFrom('virtualRouter/r/route/x', 'virtualRouter/r/route/y'),
    fc.tuple(names, mark).map(([to, at]) => routeTo(to, at)),
  ),
  fc.tuple(
    fc.constant('virtualService/s'),
    fc.constantFrom('a', 'r').map((of) => ({ provider: provider(of) })),
  ),
  fc.tuple(fc.constant('virtualNode/b'), fc.constant({ backends: [{ virtualService: { virtualServiceName: 's' } }] })),
  fc.tuple(fc.constant(''), fc.constant({})),
);
const write: fc.Arbitrary<Write> = fc
  .tuple(verb, written, fc.boolean())
  .map(([does, [path, spec], twice]) => ({ verb: does, path, spec, twice }));

interface Stored {
  readonly resources: readonly ResourceItem[];
  readonly references: readonly Record<string, unknown>[];
  readonly outbox: readonly Record<string, unknown>[];
}

async function stored(mesh: string): Promise<Stored> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table, ConsistentRead: true }));
  const inMesh = Items.filter((item) => item['mesh'] === mesh || item['target']?.mesh === mesh);
  return {
    resources: inMesh.filter(({ version }) => version !== undefined) as ResourceItem[],
    references: inMesh.filter(({ source }) => source !== undefined),
    outbox: inMesh.filter(({ changed }) => changed !== undefined),
  };
}

const keyOf = ({ kind, parent = '', name }: Pick<Resource, 'kind' | 'parent' | 'name'>) => `${kind} ${parent} ${name}`;

/** Every reference is there once and both ways, and every count is the number of what it counts. */
function expectWhole({ resources, references }: Stored): void {
  const named = resources.flatMap((item) =>
    referencesOf(resourceOf(item)).map((one) => ({ source: keyOf(item), ...one })),
  );
  const kept = references.map(({ target, source }) => `${keyOf(target as Resource)} <- ${keyOf(source as Resource)}`);
  expect(kept.sort()).toEqual(named.map(({ target, source }) => `${keyOf(target)} <- ${source}`).sort());
  for (const item of resources) {
    const users = named.filter(({ target, blocks }) => blocks && keyOf(target) === keyOf(item));
    expect([keyOf(item), item.references]).toEqual([keyOf(item), users.length]);
    for (const [kind, count] of Object.entries(item.children)) {
      const inside = resources.filter(
        (child) => child.kind === kind && (item.kind === 'mesh' || child.parent === item.name),
      );
      expect([keyOf(item), kind, count]).toEqual([keyOf(item), kind, inside.length]);
    }
  }
  const present = new Set(resources.map(keyOf));
  for (const { target, blocks } of named) if (blocks) expect([...present]).toContain(keyOf(target));
}

/** What each resource went through by the answers that writers got: a model of what must be stored now. */
function expectedNow(answers: readonly Answered[]): ReadonlyMap<string, Resource> {
  const now = new Map<string, Resource>();
  const byLife = Map.groupBy(answers, ({ answer }) => answer.uid);
  for (const [, life] of byLife) {
    const versions = life.map(({ answer }) => answer.version).sort((a, b) => a - b);
    // No update is lost, and none is answered that another one overwrote unseen.
    expect(versions).toEqual(Array.from({ length: versions.length }, (_, i) => i + 1));
    const last = life.find(({ answer }) => answer.version === versions.length);
    if (last !== undefined && last.write.verb !== 'delete') now.set(keyOf(last.answer), last.answer);
  }
  return now;
}

interface Answered {
  readonly write: Write;
  readonly answer: Resource;
}

async function run(
  store: MeshStore,
  mesh: string,
  { verb: does, path, spec }: Write,
  token?: string,
): Promise<Resource> {
  const at = path === '' ? mesh : `${mesh}/${path}`;
  if (does === 'delete') return store.delete(idAt(at));
  const draft = draftAt(at, spec, token === undefined ? {} : { token: { text: token, fingerprint: does } });
  return does === 'create' ? store.create(draft) : store.update(draft);
}

/** All writes at once, requests interleaved as the scheduler says; those that were done, each once. */
async function race(mesh: string, writes: readonly Write[], scheduler: fc.Scheduler): Promise<readonly Answered[]> {
  const store = storeThrough(drawn(scheduler));
  const sent = writes.flatMap((one, i) => {
    const token =
      one.twice && one.verb !== 'delete' ? `${mesh}-${i}-${Math.random().toString(36).slice(2, 10)}` : undefined;
    return [one, ...(token === undefined ? [] : [one])].map(() =>
      run(store, mesh, one, token).then((answer) => ({ write: one, answer, token })),
    );
  });
  const settled = await scheduler.waitFor(Promise.allSettled(sent));
  for (const result of settled) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AppMeshError);
  const done = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  // The two of one token are one write with one answer.
  const byToken = Map.groupBy(done, ({ token, answer }) => token ?? `${answer.uid} ${answer.version}`);
  for (const [, same] of byToken) expect(new Set(same.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
  return [...byToken.values()].flatMap(([first]) => first ?? []);
}

describe('parallel writers, in any order of their requests', () => {
  let round = 0;
  test('lose no update, leave no half of a reference, and owe one message each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
        fc.scheduler(),
        async (waves, scheduler) => {
          const mesh = `race-${round++}`;
          const quiet = storeThrough(table.client);
          const answers: Answered[] = [];
          const first: readonly (readonly [string, object])[] = [
            ['', {}],
            ['virtualNode/a', {}],
            ['virtualNode/b', {}],
            ['virtualRouter/r', {}],
          ];
          for (const [path, spec] of first) {
            const made = { verb: 'create', path, spec, twice: false } as const;
            answers.push({ write: made, answer: await run(quiet, mesh, made) });
          }
          for (const wave of waves) {
            answers.push(...(await race(mesh, wave, scheduler)));
            const now = await stored(mesh);
            expectWhole(now);
            expect(now.outbox).toHaveLength(answers.length);
            const model = [...expectedNow(answers).values()];
            const found = now.resources.map(resourceOf);
            const byKey = (a: Resource, b: Resource) => (keyOf(a) < keyOf(b) ? -1 : 1);
            expect(found.sort(byKey)).toEqual(model.sort(byKey));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('never pass a quota together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, room) => {
        const mesh = `quota-${round++}`;
        await storeThrough(table.client).create(draftAt(mesh));
        const store = storeThrough(drawn(scheduler), { virtualNodesPerMesh: room });
        const writers = ['a', 'b', 'c', 'd', 'e'].map((name) => store.create(draftAt(`${mesh}/virtualNode/${name}`)));

        const settled = await scheduler.waitFor(Promise.allSettled(writers));

        expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(room);
        for (const result of settled)
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'LimitExceededException' });
      }),
      { numRuns: 8 },
    );
  });
});

test('meshes of an account are counted as they come and go, by parallel writers too', async () => {
  const { resources } = await allMeshes();
  const store = storeThrough(table.client, { meshesPerAccount: resources + 2 });
  const create = (name: string) => store.create(draftAt(name));

  const settled = await Promise.allSettled(['m1', 'm2', 'm3', 'm4'].map(create));
  const made = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value.name] : []));
  expect(made).toHaveLength(2);
  await store.delete(idAt(made[0] ?? ''));

  await expect(create('m5')).resolves.toMatchObject({ name: 'm5' });
  await expect(create('m6')).rejects.toMatchObject({
    name: 'LimitExceededException',
    message: expect.stringContaining('by the quota meshesPerAccount'),
  });
});

async function allMeshes(): Promise<{ resources: number }> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table, ConsistentRead: true }));
  return { resources: Items.filter(({ sk }) => String(sk).startsWith('MESH#')).length };
}
