import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evidenceStore } from '#aws/evidence-store.ts';
import { rolloutKey } from '#aws/keys.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { rolloutsWaitingFor } from '#aws/rollout-waits.ts';
import { serviceLock } from '#aws/service-lock.ts';
import type { Table } from '#aws/table.ts';
import type { Fact, Wait } from '#rollouts/rollout.ts';
import { startTable, type TestTable } from '../support/dynamodb-table.ts';
import { node, rollout } from '../support/rollout.ts';

let started: TestTable;
let table: Table;
beforeAll(async () => {
  started = await startTable();
  table = { client: started.client, name: started.table };
});
afterAll(() => started.close());

const hook: Fact = { kind: 'hook', serviceDeployment: 'arn', hookId: 'h', stage: 'POST_SCALE_UP', at: 1 };
const verdict = (reason: string): Fact => ({ kind: 'verdict', at: 1, reason });
const wait = (token: string): Wait => ({ name: 'acks', token, since: 1, seconds: 5, required: [] });

describe('the rollout store', () => {
  test('creates a rollout once and gives it back as it was', async () => {
    const store = rolloutStore(table);

    expect(await store.create(rollout({ id: 'once' }))).toBe(true);
    expect(await store.create(rollout({ id: 'once', service: 'another' }))).toBe(false);
    expect(await store.get('once')).toEqual(rollout({ id: 'once' }));
    expect(await store.get('never')).toBeUndefined();
  });

  test('keeps the first fact of a kind, whatever comes after it', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'facts' }));

    await Promise.all([
      store.record('facts', verdict('a')),
      store.record('facts', { kind: 'pause', at: 2, actor: 'me' }),
    ]);
    await store.record('facts', verdict('b'));

    expect((await store.get('facts'))?.facts).toEqual({
      verdict: verdict('a'),
      pause: { kind: 'pause', at: 2, actor: 'me' },
    });
  });

  test('takes a pause back, and has nothing to take back when there was none', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'resumed' }));
    const resume: Fact = { kind: 'resume', at: 3, actor: 'me' };

    await store.record('resumed', resume);
    await store.record('resumed', { kind: 'pause', at: 2, actor: 'me' });
    await store.record('resumed', resume);

    expect((await store.get('resumed'))?.facts).toEqual({});
  });

  test('keeps a hook that comes before its rollout', async () => {
    const store = rolloutStore(table);

    await store.record('hooked', hook);
    await store.record('hooked', verdict('of no rollout'));
    await store.create(rollout({ id: 'hooked' }));

    expect((await store.get('hooked'))?.facts).toEqual({ hook });
  });

  test('finds who waits for a proxy until the rollout ends', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'waits' }));
    const [a, b] = [node('waits-a'), node('waits-b')];

    await store.registerWait('waits', wait('t1'), 'awaitingAcks', [a]);
    await store.registerWait('waits', wait('t2'), 'awaitingAcks', [a, b]);
    expect(await rolloutsWaitingFor(table, a)).toEqual(['waits']);
    expect(await rolloutsWaitingFor(table, b)).toEqual(['waits']);
    expect(await store.get('waits')).toMatchObject({ wait: wait('t2'), phase: 'awaitingAcks' });

    await store.finish('waits', { status: 'promoted', reason: 'done', endedAt: 9, weight: 100 });
    expect(await rolloutsWaitingFor(table, a)).toEqual([]);
    expect(await rolloutsWaitingFor(table, b)).toEqual([]);
  });

  test('lets no wait that comes late take the place of a later one', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'late' }));
    await store.registerWait('late', { ...wait('second'), since: 20 }, 'awaitingAcks', []);

    const late = store.registerWait('late', { ...wait('first'), since: 10 }, 'awaitingAcks', []);

    await expect(late).rejects.toMatchObject({ name: 'WaitOvertaken' });
    expect((await store.get('late'))?.wait?.token).toBe('second');
  });

  test('settles and takes away a wait by its own token only, with the promotion it used up and the pause that ends', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'cleared' }));
    await store.record('cleared', { kind: 'promote', at: 1, actor: 'me', step: 0 });
    await store.record('cleared', { kind: 'pause', at: 1, actor: 'me' });
    await store.registerWait('cleared', wait('new'), 'observing', []);

    const outcome = { kind: 'promote', reason: 'me', wait: 'observe', seconds: 1, weight: 0 } as const;
    expect(await store.settleWait('cleared', 'old', outcome, { reason: 'late' })).toBe(false);
    await store.clearWait('cleared', 'old');
    expect(await store.get('cleared')).toMatchObject({ wait: wait('new'), facts: { promote: { actor: 'me' } } });

    expect(await store.settleWait('cleared', 'new', outcome, { reason: 'me' })).toBe(true);
    expect(await store.get('cleared')).toMatchObject({ reason: 'me', facts: {}, wait: { ...wait('new'), outcome } });

    await store.clearWait('cleared', 'new');
    const { history, ...cleared } = (await store.get('cleared')) ?? rollout();
    expect(history.map(({ what }) => what)).toEqual(['promote', 'pause']);
    const { history: _, ...wanted } = rollout({ id: 'cleared', phase: 'observing', reason: 'me' });
    expect(cleared).toEqual(wanted);
  });

  test('ends a rollout once', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'ended' }));
    const ending = { status: 'rolledBack', reason: 'bad', endedAt: 9, weight: 0 } as const;

    expect(await store.finish('ended', ending)).toBe(true);
    expect(await store.finish('ended', { ...ending, status: 'promoted' })).toBe(false);
    const history = [{ at: 9, what: 'rolledBack', note: 'bad' }];
    expect(await store.get('ended')).toEqual(rollout({ id: 'ended', ...ending, phase: 'finished', history }));
    const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key: rolloutKey('ended') }));
    expect(Item?.['ttl']).toBe(90 * 24 * 3600);
  });

  test('lists rollouts newest first, by status, in pages that lose and repeat nothing', async () => {
    const store = rolloutStore(table);
    for (let i = 0; i < 7; i++)
      await store.create(
        rollout({ id: `listed-${i}`, startedAt: 5_000_000 + i, status: i % 2 ? 'promoted' : 'failed' }),
      );
    const ids: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await store.list({ status: 'failed', limit: 2, ...(nextToken && { nextToken }) });
      expect(page.rollouts.length).toBeLessThanOrEqual(2);
      ids.push(...page.rollouts.map(({ id }) => id));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);

    expect(ids).toEqual(['listed-6', 'listed-4', 'listed-2', 'listed-0']);
    await expect(store.list({ limit: 2, nextToken: 'bm90IG91cnM' })).rejects.toThrow('nextToken');
  });

  test('keeps a repair out of every list', async () => {
    const store = rolloutStore(table);

    await store.createUnlisted(rollout({ id: 'repair', startedAt: 9_000_000 }));

    expect((await store.get('repair'))?.id).toBe('repair');
    expect((await store.list({ limit: 100 })).rollouts.map(({ id }) => id)).not.toContain('repair');
  });
});

describe('the evidence store', () => {
  const report = (seq: number) => ({
    v: 1 as const,
    rollout: 'seen',
    seq,
    intervalMs: 1000,
    stable: { requests: 10, failures: 1 },
    canary: { requests: 0, failures: 0 },
    shielded: 0,
  });

  test('adds each report of a sidecar once, however often and from how many functions it comes', async () => {
    const store = evidenceStore(table);

    const folded = await Promise.all([1000, 1000, 1000].map((seq) => store.fold(node(), 't1', report(seq))));
    await store.fold(node(), 't1', report(3000));
    await store.fold(node(), 't1', report(2000));
    await store.fold(node(), 't2', report(1000));

    expect(folded.filter(Boolean)).toHaveLength(1);
    const all = await store.all('seen');
    expect(all.map(({ task, evidence }) => [task, evidence.seq, evidence.stable.requests])).toEqual([
      ['t1', 3000, 20],
      ['t2', 1000, 10],
    ]);
  });
});

describe('the lock of a service', () => {
  test('goes to the newer deployment under a higher fence, and never back', async () => {
    const lock = serviceLock(table);

    expect(await lock.acquire('s', { rollout: 'a', deployedAt: 10, above: 4 })).toEqual({ kind: 'acquired', fence: 5 });
    expect(await lock.acquire('s', { rollout: 'a', deployedAt: 10, above: 4 })).toEqual({ kind: 'acquired', fence: 5 });
    expect(await lock.acquire('s', { rollout: 'b', deployedAt: 20, above: 5 })).toEqual({
      kind: 'acquired',
      fence: 6,
      superseded: 'a',
    });
    expect(await lock.acquire('s', { rollout: 'b', deployedAt: 20, above: 5 })).toEqual({
      kind: 'acquired',
      fence: 6,
      superseded: 'a',
    });
    expect(await lock.acquire('s', { rollout: 'a', deployedAt: 10, above: 6 })).toEqual({
      kind: 'newer',
      rollout: 'b',
    });
  });

  test('gives two claims at once two fences', async () => {
    const lock = serviceLock(table);

    const claims = await Promise.all(
      Array.from({ length: 4 }, (_, i) => lock.acquire('race', { rollout: `r${i}`, deployedAt: 1, above: 0 })),
    );

    expect(claims.map((claim) => (claim.kind === 'acquired' ? claim.fence : 0)).sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4,
    ]);
  });

  test('is free after its release, and only its holder can release it', async () => {
    const lock = serviceLock(table);
    await lock.acquire('free', { rollout: 'a', deployedAt: 1, above: 0 });

    await lock.release('free', 'b');
    expect(await lock.acquire('free', { rollout: 'c', deployedAt: 2, above: 0 })).toMatchObject({ superseded: 'a' });
    await lock.release('free', 'c');
    expect(await lock.acquire('free', { rollout: 'd', deployedAt: 3, above: 0 })).toEqual({
      kind: 'acquired',
      fence: 3,
    });
  });
});

describe('facts and their history', () => {
  const skip = (step: number, at: number) => ({ kind: 'skip', step, at, actor: 'me' }) as const;

  test('are one line each, however often they are said', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'told' }));
    await store.record('told', { kind: 'verdict', at: 1, reason: 'bad' });
    await store.record('told', { kind: 'verdict', at: 2, reason: 'worse' });
    await store.record('told', { kind: 'resume', at: 3, actor: 'me' });

    const told = await store.get('told');
    expect(told?.history).toEqual([{ at: 1, what: 'verdict', note: 'bad' }]);
    expect(told?.facts.verdict).toMatchObject({ reason: 'bad' });
  });

  test('that bind to a step give way to one on another step', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'bound' }));
    for (const fact of [skip(1, 1), skip(1, 2), skip(2, 3)]) await store.record('bound', fact);

    const bound = await store.get('bound');
    expect(bound?.facts.skip).toEqual(skip(2, 3));
    expect(bound?.history.map(({ at }) => at)).toEqual([1, 3]);
  });

  test('are forgotten once they have come true, but not what was said after them', async () => {
    const store = rolloutStore(table);
    const first = { kind: 'setWeight', weight: 20, at: 1, actor: 'me' } as const;
    await store.create(rollout({ id: 'weighed' }));
    await store.record('weighed', first);
    await store.record('weighed', { ...first, weight: 40, at: 2 });
    await store.forget('weighed', first);
    expect((await store.get('weighed'))?.facts.setWeight?.weight).toBe(40);

    await store.forget('weighed', { ...first, weight: 40, at: 2 });
    expect((await store.get('weighed'))?.facts).toEqual({});
  });

  test('end with the ending', async () => {
    const store = rolloutStore(table);
    await store.create(rollout({ id: 'closed' }));
    await store.change('closed', { weight: 5 }, { at: 1, what: 'weight', note: '5 %' });
    await store.finish('closed', { status: 'promoted', reason: 'good', endedAt: 9, weight: 100 });

    expect((await store.get('closed'))?.history).toEqual([
      { at: 1, what: 'weight', note: '5 %' },
      { at: 9, what: 'promoted', note: 'good' },
    ]);
  });
});
