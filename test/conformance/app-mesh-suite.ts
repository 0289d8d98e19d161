import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OperationName, operationList } from '#mesh/api/model.ts';
import { type AppMeshClient, ClientError, type Json } from './app-mesh-client.ts';
import { memberOf, operation, type Resource, shopMesh } from './shop-mesh.ts';

/** What the suite needs of its file: clients of one kind, and a mesh name no other suite uses. */
export interface SuiteWorld {
  readonly meshName: string;
  readonly owner: string;
  /** `profile` is one of {@link writeAwsProfiles}. */
  readonly client: (profile: 'weir' | 'reader') => AppMeshClient;
}

/** A timestamp is right when it is within this of our clock. */
const CLOCK_MS = 10 * 60_000;

/** The SDK gives a Date, boto3 its text, the CLI what the API sent: seconds. */
const timeOf = (shown: unknown): number =>
  typeof shown === 'number' ? shown * 1000 : new Date(String(shown)).getTime();

/** One story in steps for every client: all kinds, all operations, each refusal. The steps build on one another. */
export function appMeshSuite(world: () => SuiteWorld): void {
  const called = new Set<string>();
  let client: AppMeshClient;
  let meshName: string;
  let shop: readonly Resource[];

  const call = (name: OperationName, input: Json): Promise<Json> => {
    called.add(name);
    return client.call(name, input);
  };
  /** The resource in an operation's answer. */
  const resource = async (verb: 'Create' | 'Describe' | 'Update' | 'Delete', { kind, at }: Resource, more: Json = {}) =>
    (await call(operation(verb, kind), { ...at, ...more }))[memberOf(kind)] as { metadata: Json; spec: Json };
  const refusal = async (name: OperationName, input: Json): Promise<readonly [string, string]> => {
    const thrown = await call(name, input).catch((error: unknown) => error);
    if (!(thrown instanceof ClientError)) throw new Error(`${name} was not refused`, { cause: thrown });
    return [thrown.name, thrown.message];
  };
  const only = (kind: string): Resource => {
    const found = shop.find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`the shop has no ${kind}`);
    return found;
  };

  beforeAll(() => {
    ({ meshName } = world());
    shop = shopMesh(meshName);
    client = world().client('weir');
  });
  afterAll(() => client?.close());

  test('creates every kind and a route of each protocol, and reads each spec as it was sent', async () => {
    for (const one of shop) {
      const { metadata, spec, ...rest } = await resource('Create', one, { spec: one.spec });

      expect(spec).toEqual(one.spec);
      expect(rest).toEqual({ ...one.at, status: { status: 'ACTIVE' } });
      expect(metadata).toMatchObject({ version: 1, meshOwner: world().owner, resourceOwner: world().owner });
      expect(metadata['arn']).toContain(`:mesh/${meshName}`);
      expect(metadata['uid']).toMatch(/^[0-9a-f-]{36}$/);
      expect(Math.abs(timeOf(metadata['createdAt']) - Date.now())).toBeLessThan(CLOCK_MS);
    }
  });

  test('updates every kind, and finds what it wrote', async () => {
    const oneOfEach = shop.filter((one) => one.kind === 'Route' || one === only(one.kind));
    for (const one of oneOfEach) {
      const updated = await resource('Update', one, { spec: one.newSpec });
      const described = await resource('Describe', one, one.kind === 'Mesh' ? {} : { meshOwner: world().owner });

      expect(updated).toMatchObject({ spec: one.newSpec, metadata: { version: 2 } });
      expect(described).toEqual(updated);
    }
  });

  test('lists every kind without specs, in pages in the order of names', async () => {
    for (const kind of [
      'Mesh',
      'VirtualNode',
      'VirtualRouter',
      'Route',
      'VirtualService',
      'VirtualGateway',
      'GatewayRoute',
    ]) {
      const list = `List${kind}${kind === 'Mesh' ? 'es' : 's'}` as OperationName;
      const { [`${memberOf(kind)}Name`]: name, ...parents } = only(kind).at;
      const rows = await rowsOf(list, kind === 'Mesh' ? {} : parents);

      expect(rows.map((row) => row[`${memberOf(kind)}Name`])).toContain(name ?? meshName);
      expect(rows.filter((row) => 'spec' in row || !('version' in row))).toEqual([]);
    }
    const nodes = await rowsOf('ListVirtualNodes', { meshName, limit: 2 });
    expect(nodes.map((row) => row['virtualNodeName'])).toEqual(['grpc-a', 'http-a', 'http-b', 'http2-a', 'tcp-a']);
  });

  async function rowsOf(list: OperationName, input: Json): Promise<Json[]> {
    const rows: Json[] = [];
    let nextToken: unknown;
    do {
      const page = await call(list, { ...input, ...(nextToken === undefined ? {} : { nextToken }) });
      nextToken = page['nextToken'] ?? undefined;
      const found = Object.values(page).find(Array.isArray) as Json[];
      if (input['limit'] !== undefined) expect(found.length).toBeLessThanOrEqual(Number(input['limit']));
      rows.push(...found);
    } while (nextToken !== undefined);
    return rows;
  }

  test('tags a resource, replaces a value by its key, and takes a tag away', async () => {
    const resourceArn = (await resource('Describe', only('Route'))).metadata['arn'];
    await call('TagResource', {
      resourceArn,
      tags: [
        { key: 'team', value: 'a' },
        { key: 'env', value: '' },
      ],
    });
    await call('TagResource', { resourceArn, tags: [{ key: 'team', value: 'b' }] });
    await call('UntagResource', { resourceArn, tagKeys: ['env'] });

    expect((await call('ListTagsForResource', { resourceArn }))['tags']).toEqual([{ key: 'team', value: 'b' }]);
  });

  test('shows what is refused as the exception App Mesh gave, with the reason', async () => {
    const route = only('Route');
    const ghost = { weightedTargets: [{ virtualNode: 'ghost', weight: 1 }] };
    const { at: node } = only('VirtualNode');

    expect(await refusal('CreateMesh', { meshName })).toEqual(['ConflictException', expect.stringContaining(meshName)]);
    expect(await refusal('DescribeVirtualNode', { ...node, virtualNodeName: 'ghost' })).toEqual([
      'NotFoundException',
      expect.stringContaining('VirtualNode with name ghost'),
    ]);
    expect(
      await refusal('UpdateRoute', { ...route.at, spec: { httpRoute: { match: { prefix: '/' }, action: ghost } } }),
    ).toEqual(['NotFoundException', expect.stringContaining('ghost')]);
    const noSlash = { httpRoute: { match: { prefix: 'no-slash' }, action: ghost } };
    expect(await refusal('UpdateRoute', { ...route.at, spec: noSlash })).toEqual([
      'BadRequestException',
      expect.stringMatching(/httpRoute\.match\.prefix.*no-slash/),
    ]);
    const tags = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: 'v' }));
    const resourceArn = (await resource('Describe', route)).metadata['arn'];
    expect((await refusal('TagResource', { resourceArn, tags }))[0]).toBe('TooManyTagsException');
  });

  test('is told what still uses a resource that is to be deleted', async () => {
    for (const kind of ['Mesh', 'VirtualNode', 'VirtualRouter', 'VirtualService', 'VirtualGateway']) {
      expect([kind, (await refusal(operation('Delete', kind), only(kind).at))[0]]).toEqual([
        kind,
        'ResourceInUseException',
      ]);
    }
    expect((await refusal('DeleteVirtualNode', only('VirtualNode').at))[1]).toBe(
      'VirtualNode with name http-a cannot be deleted because it is the target of one or more routes.',
    );
  });

  test('with keys that may only read, reads, and is forbidden to write', async () => {
    const reader = world().client('reader');
    try {
      expect(await reader.call('DescribeMesh', { meshName })).toHaveProperty('mesh');
      await expect(reader.call('DeleteMesh', { meshName })).rejects.toMatchObject({
        name: 'ForbiddenException',
        message: expect.stringContaining('OutOfScope'),
      });
    } finally {
      await reader.close();
    }
  });

  test('deletes everything, users before what they use, and finds nothing any more', async () => {
    for (const one of shop.toReversed()) {
      expect(await resource('Delete', one)).toMatchObject({ status: { status: 'DELETED' } });
    }

    expect((await refusal('DescribeMesh', { meshName }))[0]).toBe('NotFoundException');
  });

  test('has by now called each of the 38 operations', () => {
    expect(operationList.map(([name]) => name).filter((name) => !called.has(name))).toEqual([]);
    expect(called.size).toBe(38);
  });
}
