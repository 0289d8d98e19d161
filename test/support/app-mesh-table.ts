import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { compileCheck } from '#aws/compile-check.ts';
import { meshStore } from '#aws/mesh-store.ts';
import { previewChange } from '#aws/preview-change.ts';
import type { Draft } from '#mesh/api/command.ts';
import type { MeshStore } from '#mesh/api/ports.ts';
import { DEFAULT_QUOTAS, type Quotas } from '#mesh/api/quotas.ts';
import type { ResourceId, ResourceKind, SpecOf } from '#mesh/model/resource.ts';
import type { TestTable } from './dynamodb-table.ts';

const OWNER = '000000000000';

/** The mesh store as the API function has it, on a test's table: checked by the compiler, published nowhere. */
export function checkedStore(
  { client, table }: Pick<TestTable, 'client' | 'table'>,
  quotas: Quotas = DEFAULT_QUOTAS,
): MeshStore {
  const items = { client, name: table };
  return meshStore({
    client,
    table,
    quotas,
    now: Date.now,
    check: compileCheck(items),
    preview: previewChange(items),
    publish: async () => {},
  });
}

/** An id by the path of its ARN: `shop/virtualRouter/orders/route/main`, `shop`. */
export function idAt(path: string): ResourceId {
  const [mesh = '', kind, name = '', childKind, childName = ''] = path.split('/');
  if (kind === undefined) return { kind: 'mesh', owner: OWNER, mesh, name: mesh };
  if (childKind === undefined) return { kind: kind as ResourceKind, owner: OWNER, mesh, name };
  return { kind: childKind as ResourceKind, owner: OWNER, mesh, parent: name, name: childName };
}

/** A create or update as the API reads it. */
export function draftAt(path: string, spec: object = {}, more: Partial<Draft> = {}): Draft {
  return { id: idAt(path), spec: spec as SpecOf[ResourceKind], tags: [], ...more };
}

/** One request to DynamoDB. */
export interface Counted {
  readonly command: string;
  /** Items in the answer. */
  readonly items: number;
}

/** A client that counts what goes through it. */
export function countingClient(client: DynamoDBDocumentClient): {
  readonly client: DynamoDBDocumentClient;
  readonly requests: Counted[];
} {
  const requests: Counted[] = [];
  const send = async (command: Parameters<typeof client.send>[0]) => {
    const answer = (await client.send(command)) as { Items?: unknown[]; Item?: unknown; Responses?: object };
    const batch = Object.values(answer.Responses ?? {}).flat().length;
    const items = (answer.Items?.length ?? 0) + (answer.Item === undefined ? 0 : 1) + batch;
    requests.push({ command: command.constructor.name, items });
    return answer;
  };
  return { client: { send } as unknown as DynamoDBDocumentClient, requests };
}
