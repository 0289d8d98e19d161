import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { RolloutChange } from '#rollouts/ports.ts';
import type { Outcome, Wait } from '#rollouts/rollout.ts';
import { usedUp } from '#rollouts/settle.ts';
import type { RolloutPhase } from '#rollouts/types.ts';
import { isWritten } from './is-written.ts';
import { itemsOf } from './items-of.ts';
import { proxyPartition, rolloutKey, waitKey } from './keys.ts';
import { readRolloutItem, updateRollout } from './rollout-item.ts';
import type { Table } from './table.ts';

/** Sort-key prefix of the waits in a proxy's partition. */
const PREFIX = 'WAIT#';
/** No execution lives longer than 30 days: what a dead function left behind goes by itself after it. */
const LONGEST_SECONDS = 31 * 24 * 3600;

/** A later wait is registered: this one came so late that its state has timed out. */
export class WaitOvertakenError extends Error {
  override readonly name = 'WaitOvertaken';
}

/** Puts the one wait in place of an earlier one. The proxies it looks at learn of it first, so that a report between the two is not lost. */
export async function registerWait(
  table: Table,
  id: string,
  wait: Wait,
  phase: RolloutPhase,
  proxies: readonly ProxyId[],
): Promise<void> {
  const { rollout } = await readRolloutItem(table, id);
  const fresh = proxies.filter((proxy) => !rollout?.watching?.has(proxyPartition(proxy)));
  const ttl = Math.floor(wait.since / 1000) + LONGEST_SECONDS;
  const put = (proxy: ProxyId) =>
    table.client.send(new PutCommand({ TableName: table.name, Item: { ...waitKey(proxy, id), ttl } }));
  await Promise.all(fresh.map(put));
  const watching = fresh.length > 0 ? { watching: new Set(fresh.map(proxyPartition)) } : {};
  const isRegistered = await isWritten(
    updateRollout(table, id, {
      set: { wait, phase },
      ...watching,
      condition: 'attribute_exists(pk) AND (attribute_not_exists(#wait) OR #wait.#since <= :since)',
      names: { '#since': 'since' },
      values: { ':since': wait.since },
    }),
  );
  if (!isRegistered) throw new WaitOvertakenError(`Wait ${wait.name} of ${id} came after a later one.`);
}

/**
 * Writes down how the wait ends and what that adds; the facts it uses up go with it. False when the wait is another one by now.
 */
export function settleWait(
  { client, name: TableName }: Table,
  id: string,
  token: string,
  outcome: Outcome,
  change: RolloutChange,
): Promise<boolean> {
  const changes = Object.entries(change);
  const set = ['#wait.#outcome = :outcome', ...changes.map(([name]) => `#${name} = :${name}`)].join(', ');
  const used = usedUp(outcome.kind);
  const remove = used.length === 0 ? '' : ` REMOVE ${used.map((kind) => `#facts.#${kind}`).join(', ')}`;
  return isWritten(
    client.send(
      new UpdateCommand({
        TableName,
        Key: rolloutKey(id),
        UpdateExpression: `SET ${set}${remove}`,
        ConditionExpression: '#wait.#token = :token',
        ExpressionAttributeNames: {
          '#wait': 'wait',
          '#token': 'token',
          '#outcome': 'outcome',
          ...Object.fromEntries([...changes.map(([name]) => name), ...used].map((name) => [`#${name}`, name])),
          ...(used.length > 0 && { '#facts': 'facts' }),
        },
        ExpressionAttributeValues: {
          ':token': token,
          ':outcome': outcome,
          ...Object.fromEntries(changes.map(([name, value]) => [`:${name}`, value])),
        },
      }),
    ),
  );
}

/** Takes the wait away if it still has this token. */
export async function clearWait({ client, name: TableName }: Table, id: string, token: string): Promise<void> {
  await isWritten(
    client.send(
      new UpdateCommand({
        TableName,
        Key: rolloutKey(id),
        UpdateExpression: 'REMOVE #wait',
        ConditionExpression: '#wait.#token = :token',
        ExpressionAttributeNames: { '#wait': 'wait', '#token': 'token' },
        ExpressionAttributeValues: { ':token': token },
      }),
    ),
  );
}

/** Takes a rollout out of the proxies' partitions. */
export async function forgetWaits({ client, name: TableName }: Table, id: string, watched: Iterable<string>) {
  const forget = (pk: string) => client.send(new DeleteCommand({ TableName, Key: { pk, sk: `${PREFIX}${id}` } }));
  await Promise.all([...watched].map(forget));
}

/** Rollouts that look at this proxy's tasks. */
export async function rolloutsWaitingFor(table: Table, proxy: ProxyId): Promise<readonly string[]> {
  const items = await itemsOf(table, proxyPartition(proxy), PREFIX);
  return items.map(({ sk }) => String(sk).slice(PREFIX.length));
}
