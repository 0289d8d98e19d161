import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Finding } from '#mesh/ir/finding.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { isWritten } from './is-written.ts';
import { proxyRevisionKey } from './keys.ts';
import type { Table } from './table.ts';

/** Revisions of a proxy. */
export interface Revision {
  /** The last number given out. */
  readonly next: number;
  /** The published one: what the poll lane reads. 0 before the first. */
  readonly rev: number;
  /** Epoch milliseconds at which `rev` was published. */
  readonly publishedAt?: number;
  /** What the last compilation could not do as the specs say. */
  readonly findings: readonly Finding[];
  /** Virtual hosts that keep their last good configuration, though they were compiled with a fault; absent: none. */
  readonly kept?: readonly string[];
}

/** Counts and publishes revisions. */
export interface RevisionStore {
  get(proxy: ProxyId): Promise<Revision | undefined>;
  /** Gives out the next number: call it before reading the state that it will stand for. */
  next(proxy: ProxyId): Promise<Revision>;
  /** Makes `rev` the published one, as of `now`; false when it, or a higher one, is already. */
  publish(proxy: ProxyId, rev: number, now: number): Promise<boolean>;
  keepFindings(proxy: ProxyId, findings: readonly Finding[], kept: readonly string[]): Promise<void>;
}

/** Findings kept for people; the item is read by every poll, so it stays small. */
export const MOST_FINDINGS = 20;

/** Revisions in the one table. */
export function revisionStore({ client, name: TableName }: Table): RevisionStore {
  return {
    async get(proxy) {
      const Key = { ...proxyRevisionKey(proxy) };
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && revisionIn(Item);
    },

    async next(proxy) {
      const { Attributes = {} } = await client.send(
        new UpdateCommand({
          TableName,
          Key: { ...proxyRevisionKey(proxy) },
          UpdateExpression: 'ADD #next :one',
          ExpressionAttributeNames: { '#next': 'next' },
          ExpressionAttributeValues: { ':one': 1 },
          ReturnValues: 'ALL_NEW',
        }),
      );
      return revisionIn(Attributes);
    },

    publish(proxy, rev, now) {
      return isWritten(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { ...proxyRevisionKey(proxy) },
            UpdateExpression: 'SET rev = :rev, publishedAt = :now',
            ConditionExpression: 'attribute_not_exists(rev) OR rev < :rev',
            ExpressionAttributeValues: { ':rev': rev, ':now': now },
          }),
        ),
      );
    },

    async keepFindings(proxy, findings, kept) {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: { ...proxyRevisionKey(proxy) },
          UpdateExpression: 'SET findings = :findings, kept = :kept',
          ExpressionAttributeValues: { ':findings': findings.slice(0, MOST_FINDINGS), ':kept': kept },
        }),
      );
    },
  };
}

function revisionIn(item: Readonly<Record<string, unknown>>): Revision {
  const { publishedAt } = item;
  return {
    next: Number(item['next'] ?? 0),
    rev: Number(item['rev'] ?? 0),
    ...(publishedAt !== undefined && { publishedAt: Number(publishedAt) }),
    findings: (item['findings'] ?? []) as readonly Finding[],
    ...(item['kept'] !== undefined && { kept: item['kept'] as readonly string[] }),
  };
}
