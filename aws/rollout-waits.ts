import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Wait } from '#rollouts/rollout.ts';
import type { RolloutPhase } from '#rollouts/types.ts';
import { isWritten } from './is-written.ts';
import { itemsOf } from './items-of.ts';
import { proxyPartition, rolloutKey, waitKey } from './keys.ts';
import { readRolloutItem, updateRollout } from './rollout-item.ts';
import type { Table } from './table.ts';

/** Sort-key prefix of the waits in a proxy's partition. */
const PREFIX = 'WAIT#';

/** Puts the one wait in place. The proxies it looks at learn of it first, so that a report between the two is not lost. */
export async function registerWait(
  table: Table,
  id: string,
  wait: Wait,
  phase: RolloutPhase,
  proxies: readonly ProxyId[],
): Promise<void> {
  const { rollout } = await readRolloutItem(table, id);
  const fresh = proxies.filter((proxy) => !rollout?.watching?.has(proxyPartition(proxy)));
  const put = (proxy: ProxyId) =>
    table.client.send(new PutCommand({ TableName: table.name, Item: waitKey(proxy, id) }));
  await Promise.all(fresh.map(put));
  const watching = fresh.length > 0 ? { watching: new Set(fresh.map(proxyPartition)) } : {};
  await updateRollout(table, id, { set: { wait, phase }, ...watching });
}

/** Takes the wait away if it still has this token; a promotion is used up with it, and ends a pause. */
export async function clearWait(
  { client, name: TableName }: Table,
  id: string,
  token: string,
  used?: 'promote',
): Promise<void> {
  const isUsed = used !== undefined;
  await isWritten(
    client.send(
      new UpdateCommand({
        TableName,
        Key: rolloutKey(id),
        UpdateExpression: isUsed ? 'REMOVE #wait, #facts.#promote, #facts.#pause' : 'REMOVE #wait',
        ConditionExpression: '#wait.#token = :token',
        ExpressionAttributeNames: {
          '#wait': 'wait',
          '#token': 'token',
          ...(isUsed && { '#facts': 'facts', '#promote': 'promote', '#pause': 'pause' }),
        },
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
