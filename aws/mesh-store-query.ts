import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { ListQuery } from '#mesh/api/command.ts';
import { pageStart, pageToken } from '#mesh/api/paging.ts';
import type { Page } from '#mesh/api/ports.ts';
import type { ResourceSummary } from '#mesh/api/resource-body.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import { meshPartition, referencePrefix, resourceKey, resourcePrefix } from './keys.ts';
import { notFound, parentOf } from './mesh-store-steps.ts';
import type { Table } from './table.ts';

interface Range {
  readonly pk: string;
  readonly prefix: string;
}

/** One page of a kind by one query of its sort-key prefix (never a scan); NotFound when the mesh or parent is not there. */
export async function listPage(table: Table, query: ListQuery): Promise<Page> {
  const list = JSON.stringify([query.kind, query.owner, query.mesh, query.parent ?? '']);
  const range = rangeOf(query);
  const after = pageStart(list, query.nextToken, range.prefix);
  const found = await itemsFrom(table, range, after, query.limit + 1);
  if (after === undefined && found.length === 0) await requireParent(table, query);
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  if (found.length <= query.limit || last === undefined) return { items };
  return { items, nextToken: pageToken(list, resourceKey(last).sk) };
}

/** Who names a resource in a way that forbids its delete: enough of them for the message. */
export async function referrers({ client, name }: Table, target: ResourceId): Promise<readonly ResourceId[]> {
  const answer = await client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      FilterExpression: 'blocks = :yes',
      ExpressionAttributeValues: {
        ':pk': meshPartition(target.owner, target.mesh),
        ':prefix': referencePrefix(target),
        ':yes': true,
      },
      ConsistentRead: true,
    }),
  );
  return (answer.Items ?? []).map(({ source }) => source as ResourceId);
}

function rangeOf({ kind, owner, mesh, parent }: ListQuery): Range {
  if (kind === 'mesh') return { pk: `O#${owner}`, prefix: 'MESH#' };
  return { pk: meshPartition(owner, mesh), prefix: resourcePrefix(kind, parent) };
}

/** Up to `count` items after a sort key, over as many pages of a megabyte as that takes. */
async function itemsFrom({ client, name }: Table, range: Range, after: string | undefined, count: number) {
  const items: ResourceSummary[] = [];
  let from = after === undefined ? undefined : { pk: range.pk, sk: after };
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': range.pk, ':prefix': range.prefix },
        ProjectionExpression: 'kind, #owner, mesh, parent, #name, version, createdAt, lastUpdatedAt',
        ExpressionAttributeNames: { '#owner': 'owner', '#name': 'name' },
        Limit: count - items.length,
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    items.push(...((page.Items ?? []) as ResourceSummary[]));
    from = page.LastEvaluatedKey as typeof from;
  } while (from !== undefined && items.length < count);
  return items;
}

/** An empty list has two reasons; only one of them is an answer. */
async function requireParent({ client, name }: Table, { kind, owner, mesh, parent }: ListQuery): Promise<void> {
  if (kind === 'mesh') return;
  const above = parentOf({ kind, owner, mesh, name: '', ...(parent === undefined ? {} : { parent }) });
  const { Item } = await client.send(
    new GetCommand({ TableName: name, Key: resourceKey(above), ConsistentRead: true, ProjectionExpression: 'pk' }),
  );
  if (Item === undefined) throw notFound(above);
}
