import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { RolloutQuery } from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import type { Table } from './table.ts';

/** Index partition that lists every rollout by its start. */
const LISTED = 'ROLLOUTS';
const INDEX = 'byIndex';

/** A page token that no list has given out: the caller asked for a page that does not exist. */
export class InvalidPageTokenError extends Error {
  override readonly name = 'InvalidPageToken';
}

type Position = Record<string, unknown>;

/** Index attributes of a rollout's item. */
export function listedAs({ id, startedAt }: Rollout): { readonly ipk: string; readonly isk: string } {
  return { ipk: LISTED, isk: `${String(startedAt).padStart(15, '0')}#${id}` };
}

/** One page of rollouts, newest first; eventually consistent, as an index is. */
export async function listRollouts(
  { client, name: TableName }: Table,
  { status, limit, nextToken }: RolloutQuery,
): Promise<{ readonly rollouts: readonly Rollout[]; readonly nextToken?: string }> {
  const rollouts: Rollout[] = [];
  let from = nextToken === undefined ? undefined : positionIn(nextToken);
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName,
        IndexName: INDEX,
        ScanIndexForward: false,
        ...expressions(status),
        ExclusiveStartKey: from,
      }),
    );
    const items = page.Items ?? [];
    const wanted = limit - rollouts.length;
    rollouts.push(...(items.slice(0, wanted) as unknown as readonly Rollout[]));
    from = items.length > wanted ? positionOf(items[wanted - 1]) : page.LastEvaluatedKey;
  } while (rollouts.length < limit && from !== undefined);
  return from === undefined ? { rollouts } : { rollouts, nextToken: tokenOf(from) };
}

function expressions(status: RolloutQuery['status']) {
  const KeyConditionExpression = 'ipk = :ipk';
  if (status === undefined) return { KeyConditionExpression, ExpressionAttributeValues: { ':ipk': LISTED } };
  return {
    KeyConditionExpression,
    FilterExpression: '#status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':ipk': LISTED, ':status': status },
  };
}

const positionOf = (item: Position | undefined): Position | undefined =>
  item && { pk: item['pk'], sk: item['sk'], ipk: item['ipk'], isk: item['isk'] };

const tokenOf = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url');

function positionIn(token: string): Position {
  try {
    const position = positionOf(JSON.parse(Buffer.from(token, 'base64url').toString()) as Position);
    if (position?.['ipk'] !== LISTED) throw new TypeError('it belongs to another list');
    return position;
  } catch (cause) {
    throw new InvalidPageTokenError('nextToken is not one this list has given out', { cause });
  }
}
