import { PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { historyOf } from '#rollouts/history.ts';
import type { RolloutEnding, Rollouts } from '#rollouts/ports.ts';
import type { CommandFact, Fact, HookFact, Rollout } from '#rollouts/rollout.ts';
import { isCommitted, isWritten } from './is-written.ts';
import { itemsOf } from './items-of.ts';
import { hookKey, RUNNING_PARTITION, rolloutKey, runningKey } from './keys.ts';
import { readRolloutItem, rolloutOf, updateOf, updateRollout } from './rollout-item.ts';
import { listedAs, listRollouts } from './rollout-list.ts';
import { clearWait, forgetWaits, registerWait, rolloutsWaitingFor, settleWait } from './rollout-waits.ts';
import { type Table, table } from './table.ts';

/** How long what belongs to a rollout that has ended is kept: as long as Step Functions keeps its execution. */
export const KEPT_SECONDS = 90 * 24 * 3600;
/** What is no rollout of its own goes after a day. */
const UNLISTED_SECONDS = 24 * 3600;

/** The rollouts in the one table; all but the list are consistent reads, facts and waits are single conditional updates. */
export function rolloutStore(items: Table): Rollouts {
  return {
    create: (rollout) => create(items, rollout),
    createUnlisted: (rollout) => createUnlisted(items, rollout),
    get: async (id) => rolloutOf(await readRolloutItem(items, id)),
    list: (query) => listRollouts(items, query),
    change: (id, change, entry) => updateRollout(items, id, { set: change, ...(entry && { entry }) }),
    record: (id, fact) => record(items, id, fact),
    registerWait: (id, wait, phase, proxies) => registerWait(items, id, wait, phase, proxies),
    settleWait: (id, token, outcome, change) => settleWait(items, id, token, outcome, change),
    clearWait: (id, token) => clearWait(items, id, token),
    forget: (id, fact) => forget(items, id, fact),
    finish: (id, ending) => finish(items, id, ending),
  };
}

/** Adds a fact to a rollout; call `wake` after it. */
export const recordFact = (id: string, fact: Fact): Promise<void> => record(table(), id, fact);

/** Rollouts that look at this proxy's tasks: wake each of them when one of its sidecars reports or leaves. */
export const waitingRollouts = (proxy: ProxyId): Promise<readonly string[]> => rolloutsWaitingFor(table(), proxy);

/** Every rollout that has not ended. */
export async function runningRollouts(): Promise<readonly Rollout[]> {
  const items = table();
  const ids = (await itemsOf(items, RUNNING_PARTITION)).map(({ sk }) => String(sk));
  const rollouts = await Promise.all(ids.map(async (id) => rolloutOf(await readRolloutItem(items, id))));
  return rollouts.filter((rollout) => rollout !== undefined).filter(({ status }) => status === 'running');
}

/** More than are promoted in the time that a policy has alarms watched. */
const MOST_PROMOTED = 100;

/** The newest rollouts that ended promoted, by their start; eventually consistent, so one of this second may be missing. */
export const promotedRollouts = async (): Promise<readonly Rollout[]> =>
  (await listRollouts(table(), { status: 'promoted', limit: MOST_PROMOTED })).rollouts;

function create({ client, name: TableName }: Table, rollout: Rollout): Promise<boolean> {
  const Item = { ...rolloutKey(rollout.id), ...listedAs(rollout), ...rollout };
  const Put = { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' };
  const running = { Put: { TableName, Item: runningKey(rollout.id) } };
  return isCommitted(client.send(new TransactWriteCommand({ TransactItems: [{ Put }, running] })));
}

async function createUnlisted({ client, name: TableName }: Table, rollout: Rollout): Promise<void> {
  const ttl = Math.floor(rollout.startedAt / 1000) + UNLISTED_SECONDS;
  const Item = { ...rolloutKey(rollout.id), ...rollout, ttl };
  const put = new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' });
  await isWritten(client.send(put));
}

async function record({ client, name: TableName }: Table, id: string, fact: Fact): Promise<void> {
  if (fact.kind === 'hook') {
    const ttl = Math.floor(fact.at / 1000) + KEPT_SECONDS;
    await client.send(new PutCommand({ TableName, Item: { ...hookKey(id), fact, ttl } }));
    return;
  }
  await isWritten(client.send(new UpdateCommand({ TableName, Key: rolloutKey(id), ...recorded(fact) })));
}

/** What binds a fact to one step, gate or weight. */
const binding: ReadonlySet<string> = new Set(['step', 'gate', 'weight']);

/** `resume` takes the pause away; a fact that binds to a step, a gate or a weight takes the place of one that says another. */
function recorded(fact: Exclude<Fact, HookFact>) {
  const isTaken = fact.kind === 'resume';
  const [bound, value] = Object.entries(fact).find(([name]) => binding.has(name)) ?? [];
  const other = bound === undefined ? '' : ' OR #facts.#fact.#bound <> :bound';
  const isNew = isTaken ? 'attribute_exists(#facts.#fact)' : `(attribute_not_exists(#facts.#fact)${other})`;
  return {
    UpdateExpression: `SET history = list_append(if_not_exists(history, :none), :entry)${isTaken ? ' REMOVE #facts.#fact' : ', #facts.#fact = :fact'}`,
    ConditionExpression: `attribute_exists(pk) AND ${isNew}`,
    ExpressionAttributeNames: {
      '#facts': 'facts',
      '#fact': isTaken ? 'pause' : fact.kind,
      ...(bound && { '#bound': bound }),
    },
    ExpressionAttributeValues: {
      ':entry': [historyOf(fact)],
      ':none': [],
      ...(isTaken ? {} : { ':fact': fact }),
      ...(bound !== undefined && { ':bound': value }),
    },
  };
}

async function forget({ client, name: TableName }: Table, id: string, { kind, at }: CommandFact): Promise<void> {
  const update = new UpdateCommand({
    TableName,
    Key: rolloutKey(id),
    UpdateExpression: 'REMOVE #facts.#fact',
    ConditionExpression: '#facts.#fact.#at = :at',
    ExpressionAttributeNames: { '#facts': 'facts', '#fact': kind, '#at': 'at' },
    ExpressionAttributeValues: { ':at': at },
  });
  await isWritten(client.send(update));
}

async function finish(items: Table, id: string, ending: RolloutEnding): Promise<boolean> {
  const { client, name: TableName } = items;
  const { rollout } = await readRolloutItem(items, id);
  const ttl = rollout?.ttl ?? Math.floor(ending.endedAt / 1000) + KEPT_SECONDS;
  const update = updateOf({
    set: { ...ending, phase: 'finished', ttl },
    entry: { at: ending.endedAt, what: ending.status, note: ending.reason },
    remove: ['wait', 'watching'],
    condition: '#status = :running',
    values: { ':running': 'running' },
  });
  const write = new TransactWriteCommand({
    TransactItems: [
      { Update: { TableName, Key: rolloutKey(id), ...update } },
      { Delete: { TableName, Key: runningKey(id) } },
    ],
  });
  if (!(await isCommitted(client.send(write)))) return false;
  await forgetWaits(items, id, rollout?.watching ?? []);
  return true;
}
