import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { ProxyReport } from '#mesh/wire/report.ts';
import type { Sidecars } from '#rollouts/ports.ts';
import { isWritten } from './is-written.ts';
import { itemsOf } from './items-of.ts';
import { type Key, proxyPartition, sidecarKey, taskKey } from './keys.ts';
import { type ProxyItems, readProxyItems, type SidecarItem, sidecarsOf, type TaskItem } from './proxy-items.ts';
import type { Table } from './table.ts';

/** How a write of something versioned went: `repeated` is the very version that is stored, `stale` an older one. */
export type Recorded<T> =
  | { readonly kind: 'stored'; readonly before: T | undefined }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'stale' };

/** The tasks of proxies, as ECS tells, and their sidecars, as they report. */
export interface ProxyStore extends Sidecars {
  items(proxy: ProxyId): Promise<ProxyItems>;
  task(proxy: ProxyId, task: string): Promise<TaskItem | undefined>;
  /** The same by the proxy's wire key, which is all that a topic tells. */
  taskAt(key: string, task: string): Promise<TaskItem | undefined>;
  /** Keeps the task's highest version; a stopped one for an hour after `now`, so that late events still meet it. */
  recordTask(task: TaskItem, now: number): Promise<Recorded<TaskItem>>;
  /** Keeps the sidecar's newest report; `now` becomes its `ackedAt` when the applied revision rises. */
  recordReport(key: string, task: string, report: ProxyReport, now: number): Promise<Recorded<SidecarItem>>;
  /** Lets a sidecar's item go an hour after `until` (epoch milliseconds), or keeps it while its task lives. */
  expireSidecar(key: string, task: string, until: number | undefined): Promise<void>;
}

/** How long items of a task that is gone stay. */
const GONE_SECONDS = 3600;

/** The tasks and sidecars in the one table, by consistent reads. */
export function proxyStore(table: Table): ProxyStore {
  const { client, name: TableName } = table;
  const get = async (key: Key) =>
    (await client.send(new GetCommand({ TableName, Key: { ...key }, ConsistentRead: true }))).Item;
  const items = async (proxy: ProxyId) => readProxyItems(await itemsOf(table, proxyPartition(proxy)));
  const taskAt = async (key: string, task: string) => (await get(taskKey(key, task))) as TaskItem | undefined;
  /** Puts an item over any with a lower `rank`, an attribute that only rises. */
  const replace = (Item: Record<string, unknown>, rank: 'version' | 'at') =>
    new PutCommand({
      TableName,
      Item,
      ConditionExpression: 'attribute_not_exists(pk) OR #rank < :rank',
      ExpressionAttributeNames: { '#rank': rank },
      ExpressionAttributeValues: { ':rank': Item[rank] },
      ReturnValues: 'ALL_OLD',
    });

  return {
    items,
    of: async (proxy) => sidecarsOf(proxy, await items(proxy)),
    task: (proxy, task) => taskAt(proxyKey(proxy), task),
    taskAt,

    async recordTask(task, now) {
      const key = taskKey(proxyKey(task.proxy), task.task);
      const gone = task.lastStatus === 'STOPPED' ? { ttl: expiry(now) } : {};
      return recorded(
        () => client.send(replace({ ...key, ...task, ...gone }, 'version')),
        async () => (await get(key))?.['version'] === task.version,
      );
    },

    async recordReport(proxy, task, report, now) {
      const key = sidecarKey(proxy, task);
      const before = (await get(key)) as SidecarItem | undefined;
      const item = sidecarItem(task, report, before, now);
      return recorded(
        () => client.send(replace({ ...key, ...item }, 'at')),
        async () => (await get(key))?.['at'] === report.at,
      );
    },

    async expireSidecar(proxy, task, until) {
      const change =
        until === undefined
          ? { UpdateExpression: 'REMOVE #ttl' }
          : { UpdateExpression: 'SET #ttl = :ttl', ExpressionAttributeValues: { ':ttl': expiry(until) } };
      await isWritten(
        client.send(
          new UpdateCommand({
            TableName,
            Key: sidecarKey(proxy, task),
            ...change,
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
          }),
        ),
      );
    },
  };
}

const expiry = (now: number): number => Math.floor(now / 1000) + GONE_SECONDS;

function sidecarItem(task: string, report: ProxyReport, before: SidecarItem | undefined, now: number): SidecarItem {
  const { rev, hash, ready, at, agent, envoy, rejected, problems } = report;
  const ackedAt = rev > (before?.appliedRev ?? 0) ? now : before?.ackedAt;
  return {
    task,
    appliedRev: rev,
    hash,
    ready,
    at,
    agent,
    envoy,
    ...(ackedAt !== undefined && { ackedAt }),
    ...(rejected !== undefined && { rejected }),
    ...(problems !== undefined && { problems }),
  };
}

/** Tells a repetition (whose effects may have been cut short) from something older (which has none). */
async function recorded<T>(
  write: () => Promise<{ Attributes?: Record<string, unknown> | undefined }>,
  isRepeated: () => Promise<boolean>,
): Promise<Recorded<T>> {
  try {
    const { Attributes } = await write();
    return { kind: 'stored', before: Attributes as T | undefined };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { kind: (await isRepeated()) ? 'repeated' : 'stale' };
  }
}
