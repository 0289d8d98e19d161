import { requireAccess, type Scope } from './access.ts';
import {
  type Command,
  type Home,
  isDryRun,
  type ListQuery,
  type OperationRequest,
  readCommand,
  type Tag,
  type WriteCommand,
} from './command.ts';
import { operationOf } from './model.ts';
import { pageStart, pageToken } from './paging.ts';
import type { MeshStore } from './ports.ts';
import { rehearsalBody } from './rehearsal-body.ts';
import { resourceBody, resourceRef } from './resource-body.ts';

/** Answers one App Mesh operation with the body of its 200; throws an AppMeshError for every other answer. */
export async function serve(request: OperationRequest, scope: Scope, home: Home, store: MeshStore): Promise<object> {
  const command = readCommand(request, home);
  requireAccess(scope, request.operation, command);
  if (isDryRun(request)) return rehearsalBody(await store.rehearse(command as WriteCommand), home.region);
  if (command.verb === 'list') return listBody(command.query, operationOf(request.operation).list ?? '', home, store);
  return answer(command, home, store);
}

async function answer(
  command: Exclude<Command, { verb: 'list' }>,
  { region }: Home,
  store: MeshStore,
): Promise<object> {
  switch (command.verb) {
    case 'create':
      return resourceBody(await store.create(command.draft), region);
    case 'update':
      return resourceBody(await store.update(command.draft), region);
    case 'describe':
      return resourceBody(await store.describe(command.id), region);
    case 'delete':
      return resourceBody(await store.delete(command.id), region, 'DELETED');
    case 'tag':
      return store.tag(command.id, command.tags).then(() => ({}));
    case 'untag':
      return store.untag(command.id, command.tagKeys).then(() => ({}));
    case 'listTags':
      return tagsBody(command, await store.tags(command.id));
  }
}

async function listBody(query: ListQuery, member: string, { region }: Home, store: MeshStore): Promise<object> {
  const { items, nextToken } = await store.list(query);
  const rows = items.map((item) => resourceRef(item, region));
  return { [member]: rows, ...(nextToken === undefined ? {} : { nextToken }) };
}

type ListTags = Extract<Command, { readonly verb: 'listTags' }>;

/** Tags in the order of keys; the token holds the last key given, so tags written meanwhile neither repeat nor shift a page. */
function tagsBody({ id, limit, nextToken }: ListTags, tags: readonly Tag[]): object {
  const list = JSON.stringify(['tags', id]);
  const after = pageStart(list, nextToken) ?? '';
  const left = tags.filter(({ key }) => key > after).sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = left.slice(0, limit);
  const last = page.at(-1);
  return { tags: page, ...(left.length > limit && last !== undefined ? { nextToken: pageToken(list, last.key) } : {}) };
}
