import { expect, test } from 'vitest';
import { INLINE_PROXIES } from '#aws/push-mesh.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import { PushWorld, web } from '../support/push-world.ts';

const { owner, mesh } = web;
const named = (name: string): ProxyId => ({ ...web, name });
const meshItself: ResourceId = { kind: 'mesh', owner, mesh, name: mesh };
const node = (name: string): ResourceId => ({ kind: 'virtualNode', owner, mesh, name });

async function pushed(world: PushWorld, state: number) {
  world.state = state;
  return world.publisher().push([web]);
}

test('the first snapshot is announced by a pointer, the next by what changed against the one before', async () => {
  const world = new PushWorld();
  await pushed(world, 1);
  await pushed(world, 3);

  expect(world.news.map(({ news }) => news)).toMatchObject([
    { kind: 'pointer', rev: 1 },
    { kind: 'delta', rev: 2, base: 1, removed: {} },
  ]);
});

test('what did not change is neither stored nor announced, and keeps its revision', async () => {
  const world = new PushWorld();
  await pushed(world, 1);
  const again = await pushed(world, 1);

  expect(again).toEqual([{ proxy: web, rev: 1 }]);
  expect([world.puts.length, world.news.length]).toEqual([1, 1]);
});

test('a change of ports the app listens on cannot be told by a delta', async () => {
  const world = new PushWorld();
  await pushed(world, 1);
  world.appPorts = [9090];
  await pushed(world, 1);

  expect(world.news.at(-1)?.news).toMatchObject({ kind: 'pointer', rev: 2 });
  expect(world.stored(web)?.snapshot.appPorts).toEqual([9090]);
});

test('a revision whose writer died before it was published is published by the next push, though nothing changed', async () => {
  let isDying = true;
  const world = new PushWorld(async (what) => {
    if (isDying && ['publish revision', 'news'].includes(what)) throw new Error('died');
  });
  await expect(pushed(world, 1)).rejects.toThrow('could not be brought up to date');
  isDying = false;
  await pushed(world, 1);

  expect(world.revision(web).rev).toBe(1);
  expect(world.news.map(({ news }) => news)).toEqual([
    { v: 1, kind: 'pointer', rev: 1, hash: world.stored(web)?.snapshot.hash },
  ]);
});

test('a proxy that does not compile keeps its last good snapshot, holds up no other and is named', async () => {
  const world = new PushWorld();
  world.declared = ['web', 'broken'];
  await world.publisher().push([named('broken')]);
  world.failsFor = 'broken';
  world.state = 5;
  const failure: AggregateError = await world
    .publisher()
    .push([named('broken'), web])
    .catch((error) => error);

  expect(failure.name).toBe('PushFailed');
  expect(failure.errors.map(String)).toEqual([`Error: The push to ${proxyKey(named('broken'))} failed.`]);
  expect(world.stored(web)?.snapshot.rev).toBe(1);
  expect(world.stored(named('broken'))?.snapshot.rev).toBe(1);
});

test('a proxy that was never declared gets nothing; one that was deleted is told', async () => {
  const world = new PushWorld();
  const none = await world.publisher().push([named('ghost')]);
  await pushed(world, 1);
  world.declared = [];
  const [deleted] = await pushed(world, 0);

  expect(none).toEqual([]);
  expect(deleted?.rev).toBe(2);
});

test('findings are kept where people can see them, and go when they are gone', async () => {
  const world = new PushWorld();
  const finding = { kind: 'invalid', arnPath: 'mesh/shop', path: 'spec', reason: 'is odd' } as const;
  world.findings = [finding];
  await pushed(world, 1);
  const seen = world.revision(web).findings;
  world.findings = [];
  await pushed(world, 1);

  expect(seen).toEqual([finding]);
  expect(world.revision(web).findings).toEqual([]);
});

test('a re-send goes to one task and asks for a fresh acknowledgement of what is stored', async () => {
  const world = new PushWorld();
  await pushed(world, 1);
  await world.publisher().resend(web, 'task-1');

  expect(world.news.at(-1)).toMatchObject({ task: 'task-1', news: { kind: 'pointer', rev: 1, resend: true } });
});

test('a change reaches its proxies and leaves the outbox', async () => {
  const world = new PushWorld();
  world.state = 1;
  await world.publisher().publishChanges(owner, mesh, 'change-1', [node('web')]);

  expect(world.stored(web)?.snapshot.rev).toBe(1);
  expect(world.removed).toEqual(['change-1']);
});

test('a change that fails to reach a proxy stays in the outbox', async () => {
  const world = new PushWorld();
  world.failsFor = 'web';

  await expect(world.publisher().publishChanges(owner, mesh, 'change-1', [node('web')])).rejects.toThrow('1 of 1');
  expect(world.removed).toEqual([]);
});

test('a change that reaches many is published in part at once; the reader of the outbox does the rest', async () => {
  const world = new PushWorld();
  world.declared = Array.from({ length: INLINE_PROXIES + 5 }, (_, index) => `node-${index}`);
  await world.publisher().publishChanges(owner, mesh, 'change-1', [meshItself]);
  const [inline, left] = [world.puts.length, [...world.removed]];
  await world.publisher().publishAll(owner, mesh, 'change-1', [meshItself]);

  expect([inline, left]).toEqual([INLINE_PROXIES, []]);
  expect([world.puts.length, world.removed]).toEqual([INLINE_PROXIES + 5, ['change-1']]);
});

test('a snapshot that is not what is declared now has drifted, and finding that writes nothing', async () => {
  const world = new PushWorld();
  const drifted = () => world.publisher().drifted([web, named('ghost')]);
  const before = await drifted();
  await pushed(world, 1);
  const same = await drifted();
  world.state = 2;

  expect([before, same, await drifted()]).toEqual([[web], [], [web]]);
  expect(world.puts).toHaveLength(1);
  expect(world.revision(web).next).toBe(1);
});
