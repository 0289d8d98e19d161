import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyBucket, writeDiscoveryObject } from '#aws/discovery-store.ts';
import { outboxKey } from '#aws/keys.ts';
import { newResourceItem } from '#aws/mesh-store-item.ts';
import { loadDeclaredMesh, loadDeclaredMeshes } from '#aws/mesh-view.ts';
import { outbox } from '#aws/outbox.ts';
import type { TaskItem } from '#aws/proxy-items.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { revisionStore } from '#aws/revision-store.ts';
import { type StoredSnapshot, snapshotStore } from '#aws/snapshot-store.ts';
import { splitStore } from '#aws/split-store.ts';
import type { Table } from '#aws/table.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { ProxyReport } from '#mesh/wire/report.ts';
import { startMiniStack } from '../../local/ministack.ts';
import { Processes } from '../../local/processes.ts';

const processes = new Processes();
let table: Table;
let s3: S3Client;
let account: string;
let node: ProxyId;
let count = 0;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-stores-'));
  processes.removeAtEnd(folder);
  const ministack = await startMiniStack({ processes, folder });
  const client = { endpoint: ministack.url, region: ministack.region, credentials: ministack.root };
  account = ministack.account;
  const raw = new DynamoDBClient(client);
  const attributes = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));
  const KeySchema = [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ];
  await raw.send(
    new CreateTableCommand({
      TableName: 'weir',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes,
      KeySchema,
    }),
  );
  const documents = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
  table = { client: documents, name: 'weir' };
  s3 = new S3Client({ ...client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'weir' }));
});
afterAll(() => processes.endAll());
beforeEach(() => {
  node = { owner: account, mesh: 'shop', kind: 'vn', name: `node-${count++}` };
});

describe('splits', () => {
  test('the first deployment seen is adopted, a second one is not', async () => {
    const splits = splitStore(table);
    const before = await splits.get(node);
    const adopted = [await splits.adopt(node, 'ecs-svc/1'), await splits.adopt(node, 'ecs-svc/2')];

    expect([before, adopted]).toEqual([undefined, [true, false]]);
    expect(await splits.get(node)).toEqual({ split: { stable: ['ecs-svc/1'] }, fence: 0 });
  });

  test('a deployment that ECS goes back with joins the stable ones once, and only where there are any', async () => {
    const splits = splitStore(table);
    const nothing = await splits.addStable(node, 'ecs-svc/2');
    await splits.adopt(node, 'ecs-svc/1');
    const added = [await splits.addStable(node, 'ecs-svc/2'), await splits.addStable(node, 'ecs-svc/2')];

    expect([nothing, added]).toEqual([false, [true, false]]);
    expect((await splits.get(node))?.split.stable).toEqual(['ecs-svc/1', 'ecs-svc/2']);
  });

  test('a write below the stored fence is refused, one at it repeats', async () => {
    const splits = splitStore(table);
    await splits.put(node, { stable: ['ecs-svc/1'] }, 5);
    await splits.put(node, { stable: ['ecs-svc/2'] }, 5);

    await expect(splits.put(node, { stable: ['ecs-svc/3'] }, 4)).rejects.toMatchObject({ name: 'FenceLost' });
    expect(await splits.get(node)).toEqual({ split: { stable: ['ecs-svc/2'] }, fence: 5 });
  });

  test('a change keeps the deployment that ECS goes back with, however late it joins', async () => {
    const splits = splitStore(table);
    await splits.adopt(node, 'ecs-svc/1');
    let hasJoined = false;
    const send = async (command: Parameters<typeof table.client.send>[0]) => {
      if (command instanceof UpdateCommand && !hasJoined) {
        hasJoined = true;
        await splits.addStable(node, 'ecs-svc/2');
      }
      return table.client.send(command);
    };
    const overtaken = splitStore({ name: table.name, client: { send } as unknown as typeof table.client });

    expect(await overtaken.change(node, 3, (stored) => stored)).toBe(true);
    expect(await splits.get(node)).toEqual({ split: { stable: ['ecs-svc/1', 'ecs-svc/2'] }, fence: 3 });
    expect(await splits.change(node, 3, () => undefined)).toBe(false);
    await expect(splits.change(node, 2, (stored) => stored)).rejects.toMatchObject({ name: 'FenceLost' });
  });
});

describe('tasks and sidecars', () => {
  const taskOf = (version: number, lastStatus = 'RUNNING'): TaskItem => ({
    task: 'task-1',
    proxy: node,
    deployment: 'ecs-svc/1',
    address: '10.0.0.1',
    interception: 'explicit',
    lastStatus,
    desiredStatus: lastStatus === 'RUNNING' ? 'RUNNING' : 'STOPPED',
    version,
    cluster: 'c',
    startedAt: 1,
  });
  const report = (at: number, rev: number): ProxyReport => ({
    v: 1,
    protocol: [1, 1],
    agent: '0',
    envoy: '1',
    rev,
    hash: 'h',
    ready: true,
    appliedAt: at,
    at,
  });

  test('the highest version of a task stays, and each write tells how it compared', async () => {
    const proxies = proxyStore(table);
    const kinds = [];
    for (const version of [2, 4, 4, 3]) kinds.push((await proxies.recordTask(taskOf(version), 0)).kind);

    expect(kinds).toEqual(['stored', 'stored', 'repeated', 'stale']);
    expect((await proxies.task(node, 'task-1'))?.version).toBe(4);
  });

  test('a write answers what it replaced', async () => {
    const proxies = proxyStore(table);
    const first = await proxies.recordTask(taskOf(1, 'PENDING'), 0);
    const second = await proxies.recordTask(taskOf(2), 0);

    expect(first).toEqual({ kind: 'stored', before: undefined });
    expect(second).toMatchObject({ kind: 'stored', before: { version: 1, lastStatus: 'PENDING' } });
  });

  test('the newest report of a sidecar stays; its acknowledgement has the time at which the revision rose', async () => {
    const proxies = proxyStore(table);
    await proxies.recordTask(taskOf(1), 0);
    const kinds = [];
    for (const [at, rev, now] of [
      [10, 3, 100],
      [20, 3, 200],
      [20, 3, 250],
      [15, 4, 300],
      [30, 5, 400],
    ] as const)
      kinds.push((await proxies.recordReport(proxyKey(node), 'task-1', report(at, rev), now)).kind);
    const acked = await proxies.of(node);

    expect(kinds).toEqual(['stored', 'stored', 'repeated', 'stale', 'stored']);
    expect(acked).toEqual([
      { proxy: node, task: 'task-1', deployment: 'ecs-svc/1', wanted: true, appliedRev: 5, ackedAt: 400, ready: true },
    ]);
  });

  test('the same revision reported again keeps the time of its acknowledgement', async () => {
    const proxies = proxyStore(table);
    await proxies.recordTask(taskOf(1), 0);
    await proxies.recordReport(proxyKey(node), 'task-1', report(10, 3), 100);
    await proxies.recordReport(proxyKey(node), 'task-1', report(20, 3), 200);

    expect((await proxies.of(node))[0]?.ackedAt).toBe(100);
  });

  test('what a task leaves behind expires, unless it comes back to life', async () => {
    const proxies = proxyStore(table);
    const key = proxyKey(node);
    await proxies.expireSidecar(key, 'task-1', 0);
    await proxies.recordReport(key, 'task-1', report(10, 3), 100);
    await proxies.expireSidecar(key, 'task-1', 1_000_000);
    const expiring = (await proxies.items(node)).sidecars.get('task-1');
    await proxies.expireSidecar(key, 'task-1', undefined);

    expect(expiring).toMatchObject({ ttl: 1000 + 3600 });
    expect((await proxies.items(node)).sidecars.get('task-1')).not.toHaveProperty('ttl');
  });
});

describe('revisions', () => {
  test('each number is given out once', async () => {
    const revisions = revisionStore(table);
    const given = await Promise.all(Array.from({ length: 10 }, () => revisions.next(node)));

    expect(given.map(({ next }) => next).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('the published one only rises', async () => {
    const revisions = revisionStore(table);
    await revisions.next(node);
    const published = [
      await revisions.publish(node, 2, 10),
      await revisions.publish(node, 2, 20),
      await revisions.publish(node, 1, 30),
      await revisions.publish(node, 3, 40),
    ];
    await revisions.keepFindings(
      node,
      [{ kind: 'invalid', arnPath: 'mesh/shop', path: 'spec', reason: 'odd' }],
      ['rds/x'],
    );

    expect(published).toEqual([true, false, false, true]);
    expect(await revisions.get(node)).toMatchObject({
      next: 1,
      rev: 3,
      publishedAt: 40,
      findings: [{ reason: 'odd' }],
      kept: ['rds/x'],
    });
  });
});

describe('snapshots', () => {
  const snapshot = (rev: number): StoredSnapshot => ({
    v: 1,
    proxy: proxyKey(node),
    rev,
    hash: `h${rev}`,
    resources: {},
    telemetry: [],
    appPorts: [],
    checked: rev,
  });

  test('a writer that read something else than is stored loses, at the first write as at any other', async () => {
    const snapshots = snapshotStore(s3, 'weir', account);
    const first = [
      await snapshots.put(node, snapshot(1), undefined),
      await snapshots.put(node, snapshot(2), undefined),
    ];
    const read = await snapshots.get(node);
    const next = [await snapshots.put(node, snapshot(3), read), await snapshots.put(node, snapshot(4), read)];

    expect([first, next]).toEqual([
      [true, false],
      [true, false],
    ]);
    expect((await snapshots.get(node))?.snapshot.rev).toBe(3);
  });

  test('of many writers at once, each that got through saw the one before', async () => {
    const snapshots = snapshotStore(s3, 'weir', account);
    const write = async (rev: number) => {
      const read = await snapshots.get(node);
      return (await snapshots.put(node, snapshot(rev), read)) ? [rev, read?.snapshot.rev] : [];
    };
    const written = (await Promise.all([1, 2, 3, 4, 5, 6].map(write))).filter(({ length }) => length > 0);

    expect(written.length).toBeGreaterThan(0);
    expect(new Set(written.map(([, before]) => before)).size).toBe(written.length);
  });

  test('one that is not there is told from one that may not be read', async () => {
    expect(await snapshotStore(s3, 'weir', account).get(node)).toBeUndefined();
    await expect(snapshotStore(s3, 'weir-of-nobody', account).get(node)).rejects.toThrow();
  });

  test('a bucket is emptied of whatever Weir wrote', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'weir-emptied' }));
    const snapshots = snapshotStore(s3, 'weir-emptied', account);
    await snapshots.put(node, snapshot(1), undefined);
    await writeDiscoveryObject(s3, 'weir-emptied', { protocol: [1, 1], iot: 'h', bucket: 'b', table: 't', stack: 's' });
    await emptyBucket(s3, 'weir-emptied');

    expect(await snapshots.get(node)).toBeUndefined();
  });
});

describe('meshes', () => {
  const resource = (kind: 'mesh' | 'virtualNode', mesh: string, name: string): Resource => ({
    kind,
    owner: account,
    mesh,
    name,
    spec: {},
    uid: name,
    version: 1,
    createdAt: 0,
    lastUpdatedAt: 0,
  });

  test('are read whole, and apart from one another', async () => {
    const all = [resource('mesh', 'a', 'a'), resource('virtualNode', 'a', 'n1'), resource('mesh', 'b', 'b')];
    for (const one of all)
      await table.client.send(new PutCommand({ TableName: 'weir', Item: newResourceItem(one, []) }));

    expect((await loadDeclaredMesh(table, account, 'a')).resources).toEqual(all.slice(0, 2));
    expect((await loadDeclaredMeshes(table, account)).map(({ mesh }) => mesh)).toEqual(['a', 'b']);
  });

  test('a change in the outbox holds what changed and what it named before, until it is removed', async () => {
    const changed = { kind: 'virtualNode', owner: account, mesh: 'a', name: 'n1' };
    const before = { kind: 'virtualService', owner: account, mesh: 'a', name: 's' };
    const key = outboxKey(account, 'a', 'change-1');
    const Item = { ...key, owner: account, mesh: 'a', id: 'change-1', at: 7, changed: [changed], before: [before] };
    await table.client.send(new PutCommand({ TableName: 'weir', Item }));
    const store = outbox(table);
    const entry = { owner: account, mesh: 'a', id: 'change-1', at: 7, changes: [changed, before] };
    const [got, listed] = [await store.get(key), await store.list(account, 'a')];
    await store.remove(account, 'a', 'change-1');

    expect([got, listed]).toEqual([entry, [entry]]);
    expect(await store.get(key)).toBeUndefined();
  });
});
