import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import { defaultPolicy, mergePolicy, type PolicyPatch } from '#rollouts/policy.ts';
import type { Policies, PolicyName, PolicyParts } from '#rollouts/policy-ports.ts';
import { itemsOf } from './items-of.ts';
import { type Key, NODE_POLICY_PREFIX, policyKey, policyPartition, resourceKey } from './keys.ts';
import type { Table } from './table.ts';

/** A part of a policy as it lies in the table. */
interface PolicyItem {
  readonly own: PolicyPatch;
  readonly version: number;
}

/** Policies in the one table: what a mesh says over the default, and what a virtual node says over its mesh. */
export function policyStore({ client, name: TableName }: Table): Policies & PolicyParts {
  async function read(Key: Key): Promise<PolicyItem | undefined> {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item as PolicyItem | undefined;
  }

  async function part({ owner, mesh, node }: PolicyName): Promise<PolicyItem> {
    return (await read(policyKey(owner, mesh, node))) ?? { own: {}, version: 0 };
  }

  return {
    part,

    async get({ owner, mesh, kind, name }: ProxyId) {
      const [ofMesh, ofNode] = await Promise.all([
        part({ owner, mesh }),
        kind === 'vn' ? part({ owner, mesh, node: name }) : undefined,
      ]);
      return mergePolicy(mergePolicy(defaultPolicy, ofMesh.own), ofNode?.own ?? {});
    },

    async exists(name) {
      return (await read(resourceKey(resourceOf(name)))) !== undefined;
    },

    async nodes({ owner, mesh }) {
      const items = await itemsOf({ client, name: TableName }, policyPartition(owner, mesh), NODE_POLICY_PREFIX);
      return items.map(({ sk, own }) => ({
        node: decodeURIComponent(String(sk).slice(NODE_POLICY_PREFIX.length)),
        own: own as PolicyPatch,
      }));
    },

    async write(name, own, version) {
      const Item = { ...policyKey(name.owner, name.mesh, name.node), own, version: version + 1 };
      const isUnread = version === 0 ? 'attribute_not_exists(pk)' : 'version = :version';
      const put = {
        TableName,
        Item,
        ConditionExpression: isUnread,
        ...(version === 0 ? {} : { ExpressionAttributeValues: { ':version': version } }),
      };
      const Key = resourceKey(resourceOf(name));
      const exists = { TableName, Key, ConditionExpression: 'attribute_exists(pk)' };
      const write = new TransactWriteCommand({ TransactItems: [{ ConditionCheck: exists }, { Put: put }] });
      return client.send(write).then(() => 'written' as const, refusalOf);
    },
  };
}

function resourceOf({ owner, mesh, node }: PolicyName): ResourceId {
  return node === undefined
    ? { kind: 'mesh', owner, mesh, name: mesh }
    : { kind: 'virtualNode', owner, mesh, name: node };
}

/** Which of the two conditions said no. */
function refusalOf(error: unknown): 'absent' | 'overtaken' {
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  const [resource, part] = reasons.map(({ Code }) => Code);
  if (resource === 'ConditionalCheckFailed') return 'absent';
  if (part === 'ConditionalCheckFailed' || reasons.some(({ Code }) => Code === 'TransactionConflict'))
    return 'overtaken';
  throw error;
}
