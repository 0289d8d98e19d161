import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { appMeshApi, type RawAnswer } from './app-mesh-api.ts';
import { checkedStore } from './app-mesh-table.ts';
import type { TestTable } from './dynamodb-table.ts';

export const port = (number: number, protocol = 'http') => ({ portMapping: { port: number, protocol } });
export const found = { serviceDiscovery: { dns: { hostname: 'x.local' } } };
export const providedBy = (virtualNodeName: string) => ({ virtualNode: { virtualNodeName } });
export const http = (action: object, match: object = { prefix: '/' }) => ({ httpRoute: { match, action } });
export const to = (...targets: (readonly [node: string, weight: number, port?: number])[]) => ({
  weightedTargets: targets.map(([virtualNode, weight, on]) => ({ virtualNode, weight, ...(on && { port: on }) })),
});
export const inWeb = (spec: object) => ['/virtualRouter/web/routes', { routeName: 'r', spec }] as const;

const nodes = {
  orders: { ...found, listeners: [port(8080)] },
  two: { ...found, listeners: [port(8080), port(9090)] },
  silent: {},
  redis: { ...found, listeners: [port(6379, 'tcp')] },
};

/** The API over a table, with a mesh `shop` of some nodes, routers, services and a gateway. */
export class ShopApi {
  readonly call: ReturnType<typeof appMeshApi>;
  readonly #table: TestTable;

  constructor(table: TestTable) {
    this.#table = table;
    this.call = appMeshApi(checkedStore(table));
  }

  async fill(): Promise<void> {
    await this.create('', { meshName: 'shop' });
    for (const [name, spec] of Object.entries(nodes))
      await this.create('/virtualNodes', { virtualNodeName: name, spec });
    await this.create('/virtualRouters', { virtualRouterName: 'web', spec: { listeners: [port(80)] } });
    await this.create('/virtualRouters', { virtualRouterName: 'cache', spec: { listeners: [port(6379, 'tcp')] } });
    for (const name of ['orders.local', 'Orders.local'])
      await this.create('/virtualServices', { virtualServiceName: name, spec: { provider: providedBy('orders') } });
    await this.create('/virtualGateways', { virtualGatewayName: 'edge', spec: { listeners: [port(8088)] } });
  }

  /** PUT below `/meshes/shop`, or of a mesh when the path is empty. */
  put(path: string, body: object, query = ''): Promise<RawAnswer> {
    return this.call({
      method: 'PUT',
      path: `/meshes${path === '' ? '' : `/shop${path}`}`,
      body: JSON.stringify(body),
      query,
    });
  }

  async create(path: string, body: object): Promise<void> {
    const { status, text } = await this.put(path, body);
    if (status !== 200) throw new Error(text);
  }

  /** Everything in the table, as text. */
  async everything(): Promise<string> {
    const scan = new ScanCommand({ TableName: this.#table.table, ConsistentRead: true });
    const { Items = [] } = await this.#table.client.send(scan);
    return JSON.stringify(Items.sort((a, b) => (`${a['pk']}${a['sk']}` < `${b['pk']}${b['sk']}` ? -1 : 1)));
  }

  /** A write is refused in both ways, with one text, and the table stays as it is. */
  async expectRefused(path: string, body: object, message: string, type = 'BadRequestException'): Promise<void> {
    const before = await this.everything();
    for (const query of ['', 'dryRun=true']) {
      const answer = await this.put(path, body, query);
      expect([query, answer.type, answer.body['message']]).toEqual([query, type, expect.stringContaining(message)]);
    }
    expect(await this.everything()).toBe(before);
  }
}
