import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { intentStore } from '#aws/intent-store.ts';
import { resourceKey } from '#aws/keys.ts';
import { policyStore } from '#aws/policy-store.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import type { Table } from '#aws/table.ts';
import { turnStore } from '#aws/turn-store.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';
import { rollout } from '../support/rollout.ts';

let started: TestTable;
let table: Table;
beforeAll(async () => {
  started = await startTable();
  table = { client: started.client, name: started.table };
});
afterAll(() => started.close());

describe('turns', () => {
  const mesh = { owner: '111122223333', mesh: 'turning' };

  test('are as many as the policy says, and go to the next when they are given back', async () => {
    const turns = turnStore(table);
    for (const id of ['turn-a', 'turn-b']) await rolloutStore(table).create(rollout({ id }));

    expect(await turns.take(mesh, 'turn-a', 1)).toBe(true);
    expect(await turns.take(mesh, 'turn-a', 1)).toBe(true);
    expect(await turns.take(mesh, 'turn-b', 1)).toBe(false);
    expect(await turns.isFree(mesh, 'turn-b', 1)).toBe(false);
    await turns.giveBack(mesh, 'turn-a');
    expect(await turns.isFree(mesh, 'turn-b', 1)).toBe(true);
    expect(await turns.take(mesh, 'turn-b', 1)).toBe(true);
    await turns.giveBack(mesh, 'turn-b');
  });

  test('of a rollout that has ended are nobody’s', async () => {
    const turns = turnStore(table);
    for (const id of ['turn-dead', 'turn-next']) await rolloutStore(table).create(rollout({ id }));
    await turns.take(mesh, 'turn-dead', 1);
    await rolloutStore(table).finish('turn-dead', { status: 'failed', reason: 'r', endedAt: 1, weight: 0 });

    expect(await turns.take(mesh, 'turn-next', 1)).toBe(true);
  });

  test('are taken by one of many that ask at once', async () => {
    const turns = turnStore(table);
    const many = Array.from({ length: 8 }, (_, i) => `turn-many-${i}`);
    for (const id of many) await rolloutStore(table).create(rollout({ id }));
    const other = { ...mesh, mesh: 'crowded' };

    const taken = await Promise.all(many.map((id) => turns.take(other, id, 3)));

    expect(taken.filter(Boolean)).toHaveLength(3);
  });
});

describe('intents', () => {
  const intent = { taskDefinition: 'orders:2', at: 100_000, actor: 'me', retryOf: 'dep-2' };

  test('are claimed by one of many that ask at once, and again when that one has died', async () => {
    const intents = intentStore(table);
    const claims = await Promise.all([1, 2, 3].map(() => intents.claim('service', intent)));

    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await intents.get('service')).toEqual(intent);
    expect(await intents.claim('service', { ...intent, at: 170_000 })).toBe(true);
    expect(await intents.claim('service', { ...intent, at: 170_001, retryOf: 'dep-3' })).toBe(true);
  });
});

describe('the policy store', () => {
  const owner = '111122223333';
  const mesh = { owner, mesh: 'shop' };
  const declare = (kind: 'mesh' | 'virtualNode', name: string) =>
    table.client.send(
      new PutCommand({ TableName: table.name, Item: resourceKey({ kind, owner, mesh: 'shop', name }) }),
    );

  test('lays a node’s part over its mesh’s, and that over the default', async () => {
    const store = policyStore(table);
    await declare('mesh', 'shop');
    await declare('virtualNode', 'orders');
    const orders = { owner, mesh: 'shop', kind: 'vn', name: 'orders' } as const;
    expect(await store.get(orders)).toEqual(defaultPolicy);

    expect(await store.write(mesh, { bakeSeconds: 7, alpha: 0.02 }, 0)).toBe('written');
    expect(await store.write({ ...mesh, node: 'orders' }, { bakeSeconds: 9 }, 0)).toBe('written');

    expect(await store.get(orders)).toEqual({ ...defaultPolicy, bakeSeconds: 9, alpha: 0.02 });
    expect(await store.get({ ...orders, name: 'other' })).toEqual({ ...defaultPolicy, bakeSeconds: 7, alpha: 0.02 });
    expect(await store.nodes(mesh)).toEqual([{ node: 'orders', own: { bakeSeconds: 9 } }]);
  });

  test('lets no writer overwrite what it has not read', async () => {
    const store = policyStore(table);
    await declare('virtualNode', 'raced');
    const name = { ...mesh, node: 'raced' };

    const both = await Promise.all([
      store.write(name, { bakeSeconds: 1 }, 0),
      store.write(name, { bakeSeconds: 2 }, 0),
    ]);

    expect([...both].sort()).toEqual(['overtaken', 'written']);
    expect((await store.part(name)).version).toBe(1);
    expect(await store.write(name, {}, 0)).toBe('overtaken');
  });

  test('takes no policy of a mesh or a node that is not there', async () => {
    const store = policyStore(table);

    expect(await store.write({ owner, mesh: 'other' }, { bakeSeconds: 7 }, 0)).toBe('absent');
    expect(await store.write({ ...mesh, node: 'nobody' }, { bakeSeconds: 7 }, 0)).toBe('absent');
    expect(await store.exists({ ...mesh, node: 'nobody' })).toBe(false);
  });
});
