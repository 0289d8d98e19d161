import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Tag, WriteCommand } from '#mesh/api/command.ts';
import { TooManyTags } from '#mesh/api/errors.ts';
import { resourceKey } from './keys.ts';
import type { ResourceItem } from './mesh-store-item.ts';
import { existing } from './mesh-store-read.ts';
import type { Table } from './table.ts';
import { untilSettled } from './transact.ts';

/** App Mesh: 50 tags a resource. */
const MOST_TAGS = 50;

/** A change of tags. */
export type TagCommand = Extract<WriteCommand, { readonly verb: 'tag' | 'untag' }>;

/** Writes tags under the version of tags that was read, so that those of parallel writers stay and fifty is fifty. */
export async function changeTags(table: Table, command: TagCommand): Promise<void> {
  await untilSettled(async () => {
    const item = await existing(table, command.id);
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: { ...resourceKey(command.id) },
        UpdateExpression: 'SET tags = :tags, tagsVersion = :next',
        ConditionExpression: 'uid = :uid AND tagsVersion = :read',
        ExpressionAttributeValues: {
          ':tags': tagsAfter(item, command),
          ':next': item.tagsVersion + 1,
          ':uid': item.uid,
          ':read': item.tagsVersion,
        },
      }),
    );
    return true;
  });
}

/** The tags a resource would have; a key's new value replaces its old one. TooManyTags beyond fifty. */
export function tagsAfter({ tags }: ResourceItem, command: TagCommand): readonly Tag[] {
  const keys = new Set(command.verb === 'tag' ? command.tags.map(({ key }) => key) : command.tagKeys);
  const kept = tags.filter(({ key }) => !keys.has(key));
  const after = command.verb === 'tag' ? [...kept, ...command.tags] : kept;
  if (after.length > MOST_TAGS)
    throw new TooManyTags(`${after.length} tags would be on this resource; it may have ${MOST_TAGS}`);
  return after;
}
