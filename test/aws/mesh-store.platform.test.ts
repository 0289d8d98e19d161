import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meshStore } from '#aws/mesh-store.ts';
import { type ResourceItem, resourceOf } from '#aws/mesh-store-item.ts';
import type { Draft } from '#mesh/api/command.ts';
import type { Change, CompileCheck, MeshStore } from '#mesh/api/ports.ts';
import { DEFAULT_QUOTAS, type Quotas } from '#mesh/api/quotas.ts';
import { referencesOf } from '#mesh/api/references.ts';
import type { ResourceId, ResourceKind, SpecOf } from '#mesh/model/resource.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';

const owner = '000000000000';
let table: TestTable;
let clock = Date.now();
let published: Change[] = [];
let check: CompileCheck = async () => undefined;

const store = (quotas: Partial<Quotas> = {}): MeshStore =>
  meshStore({
    ...table,
    quotas: { ...DEFAULT_QUOTAS, ...quotas },
    now: () => clock,
    check: (change, neighbours) => check(change, neighbours),
    preview: async () => [],
    publish: async (change) => void published.push(change),
  });

const id = (mesh: string, kind: ResourceKind, name: string, parent?: string): ResourceId =>
  parent === undefined ? { kind, owner, mesh, name } : { kind, owner, mesh, parent, name };
const draft = (of: ResourceId, spec: object = {}, more: Partial<Draft> = {}): Draft => ({
  id: of,
  spec: spec as SpecOf[ResourceKind],
  tags: [],
  ...more,
});
const routeTo = (...names: string[]) => ({
  tcpRoute: { action: { weightedTargets: names.map((virtualNode) => ({ virtualNode, weight: 1 })) } },
});
const named = (name: string) => expect.objectContaining({ name });

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table?.close());

/** Everything stored of one mesh. */
async function stored(mesh: string) {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table, ConsistentRead: true }));
  const inMesh = Items.filter((item) => item['mesh'] === mesh || item['target']?.mesh === mesh);
  return {
    resources: inMesh.filter(({ version }) => version !== undefined) as ResourceItem[],
    references: inMesh.filter(({ source }) => source !== undefined),
    outbox: inMesh.filter(({ changed }) => changed !== undefined),
  };
}

/** What must hold of a mesh between any two transactions, whoever writes at once. */
async function expectConsistent(mesh: string): Promise<void> {
  const { resources, references } = await stored(mesh);
  const named = resources.flatMap((item) =>
    referencesOf(resourceOf(item)).map((reference) => ({ item, ...reference })),
  );
  const text = (target: ResourceId, source: ResourceId) =>
    `${target.kind} ${target.name} <- ${source.kind} ${source.name}`;
  expect(references.map((item) => text(item['target'], item['source'])).sort()).toEqual(
    named.map(({ item, target }) => text(target, item)).sort(),
  );
  for (const item of resources) {
    const users = named.filter(
      ({ target, blocks }) => blocks && target.kind === item.kind && target.name === item.name,
    );
    expect([item.name, item.references]).toEqual([item.name, users.length]);
    for (const [kind, count] of Object.entries(item.children)) {
      const inside = resources.filter(
        (child) => child.kind === kind && (item.kind === 'mesh' || child.parent === item.name),
      );
      expect([item.name, kind, count]).toEqual([item.name, kind, inside.length]);
    }
  }
  for (const { target, blocks } of named)
    if (blocks) expect(resources.map(({ kind, name }) => `${kind} ${name}`)).toContain(`${target.kind} ${target.name}`);
}

describe('parallel writers', () => {
  test('every update of one route counts, and the last one is what is stored', async () => {
    await store().create(draft(id('many', 'mesh', 'many')));
    await store().create(draft(id('many', 'virtualRouter', 'r')));
    for (const name of ['a', 'b']) await store().create(draft(id('many', 'virtualNode', name)));
    const route = id('many', 'route', 'x', 'r');
    await store().create(draft(route, routeTo('a')));

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => store().update(draft(route, routeTo(i % 2 === 0 ? 'a' : 'b')))),
    );

    expect(answers.map(({ version }) => version).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    const last = answers.find(({ version }) => version === 9);
    expect(await store().describe(route)).toEqual(last);
    await expectConsistent('many');
  });

  test('of two that create one name, one is told it exists', async () => {
    const mesh = draft(id('twins', 'mesh', 'twins'));

    const answers = await Promise.allSettled([store().create(mesh), store().create(mesh)]);

    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: named('ConflictException') });
  });

  test('of two with one client token, both get the one answer', async () => {
    const mesh = draft(id('token', 'mesh', 'token'), {}, { token: { text: 't', fingerprint: 'f' } });

    const [one, other] = await Promise.all([store().create(mesh), store().create(mesh)]);

    expect(one).toEqual(other);
  });

  test('tags of parallel writers all stay, and fifty is fifty', async () => {
    const mesh = id('tags', 'mesh', 'tags');
    await store().create(draft(mesh));

    await Promise.all(Array.from({ length: 6 }, (_, i) => store().tag(mesh, [{ key: `k${i}`, value: '' }])));
    const more = Array.from({ length: 30 }, (_, i) => ({ key: `m${i}`, value: '' }));
    const others = more.map(({ key }) => ({ key: `o${key}`, value: '' }));
    const answers = await Promise.allSettled([store().tag(mesh, more), store().tag(mesh, others)]);

    expect(await store().tags(mesh)).toHaveLength(36);
    expect(answers.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: named('TooManyTagsException') },
    ]);
  });
});

describe('one transaction', () => {
  beforeAll(async () => {
    await store().create(draft(id('one', 'mesh', 'one')));
    await store().create(draft(id('one', 'virtualRouter', 'r')));
    for (const name of ['a', 'b']) await store().create(draft(id('one', 'virtualNode', name)));
  });

  test('holds the resource, its references and one outbox item that names what it no longer refers to', async () => {
    const route = id('one', 'route', 'x', 'r');
    await store().create(draft(route, routeTo('a')));
    const before = (await stored('one')).outbox.length;
    published = [];

    await store().update(draft(route, routeTo('b')));

    const { outbox } = await stored('one');
    expect(outbox).toHaveLength(before + 1);
    expect(outbox).toContainEqual(
      expect.objectContaining({ changed: [route], before: [id('one', 'virtualNode', 'a')], owner, mesh: 'one' }),
    );
    expect(published).toMatchObject([{ id: route, before: { version: 1 }, after: { version: 2 } }]);
    await expectConsistent('one');
  });

  test('stores nothing when the compiler refuses', async () => {
    check = async ({ after }) => `this would black-hole ${after?.name}`;
    const node = draft(id('one', 'virtualNode', 'refused'));

    await expect(store().create(node)).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'this would black-hole refused',
    });

    check = async () => undefined;
    await expect(store().describe(node.id)).rejects.toEqual(named('NotFoundException'));
    await expectConsistent('one');
  });

  test('keeps to a limit of children', async () => {
    const two = store({ virtualNodesPerMesh: 2 });

    await expect(two.create(draft(id('one', 'virtualNode', 'third')))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Mesh one may have 2 by the quota virtualNodesPerMesh; the Quotas setting of the stack can raise it',
    });
  });

  test('refuses more references at once than one transaction holds', async () => {
    const backends = Array.from({ length: 100 }, (_, i) => ({ virtualService: { virtualServiceName: `s${i}` } }));

    await expect(store().create(draft(id('one', 'virtualNode', 'hub'), { backends }))).rejects.toEqual(
      named('LimitExceededException'),
    );
    await store().create(draft(id('one', 'virtualNode', 'hub'), { backends: backends.slice(0, 90) }));
    await expectConsistent('one');
  });

  test('a spec too large for an item is a BadRequest', async () => {
    const backends = [{ virtualService: { virtualServiceName: 'x'.repeat(300_000) } }];

    await expect(store().create(draft(id('one', 'virtualNode', 'big'), { backends }))).rejects.toEqual(
      named('BadRequestException'),
    );
  });
});

test('a client token is free again after a day', async () => {
  const token = { text: 'day', fingerprint: 'f' };
  await store().create(draft(id('day1', 'mesh', 'day1'), {}, { token }));
  const other = draft(id('day2', 'mesh', 'day2'), {}, { token: { ...token, fingerprint: 'g' } });

  await expect(store().create(other)).rejects.toEqual(named('ConflictException'));
  clock += 24 * 3_600_000 + 1000;
  expect((await store().create(other)).mesh).toBe('day2');
});

test('a replayed update is answered as it was, also when a later one came between', async () => {
  const mesh = id('replay', 'mesh', 'replay');
  await store().create(draft(mesh));
  const allow = draft(mesh, { egressFilter: { type: 'ALLOW_ALL' } }, { token: { text: 'u', fingerprint: 'u' } });
  const first = await store().update(allow);
  await store().update(draft(mesh, { egressFilter: { type: 'DROP_ALL' } }));

  expect(await store().update(allow)).toEqual(first);
  expect(await store().describe(mesh)).toMatchObject({ version: 3, spec: { egressFilter: { type: 'DROP_ALL' } } });
});

test('a list is whole over many pages of any size', async () => {
  await store().create(draft(id('long', 'mesh', 'long')));
  const names = Array.from({ length: 25 }, (_, i) => `n/${i}`);
  await Promise.all(names.map((name) => store().create(draft(id('long', 'virtualNode', name)))));

  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const query = { kind: 'virtualNode' as const, owner, mesh: 'long', limit: 7 };
    const page = await store().list(nextToken === undefined ? query : { ...query, nextToken });
    expect(page.items.length).toBeLessThanOrEqual(7);
    seen.push(...page.items.map(({ name }) => name));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);

  expect([...seen].sort()).toEqual([...names].sort());
});

test('what keeps a router or a gateway is named', async () => {
  await store().create(draft(id('use', 'mesh', 'use')));
  await store().create(draft(id('use', 'virtualRouter', 'r')));
  await store().create(draft(id('use', 'virtualNode', 'n')));
  await store().create(draft(id('use', 'route', 'x', 'r'), routeTo('n')));

  await expect(store().delete(id('use', 'virtualRouter', 'r'))).rejects.toMatchObject({
    name: 'ResourceInUseException',
    message:
      'VirtualRouter with name r cannot be deleted because it has active Routes, please delete Routes before deleting the VirtualRouter',
  });
  await expect(store().create(draft(id('use', 'route', 'y', 'ghost'), routeTo('n')))).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'VirtualRouter with name ghost was not found in Mesh use.',
  });
});
