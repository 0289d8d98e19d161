import type { OperationName } from '#mesh/api/model.ts';
import type { Json } from './app-mesh-client.ts';

/** A resource with everything a client says to create, find, change and delete it. */
export interface Resource {
  /** As in the operations' names: `VirtualNode`. */
  readonly kind: string;
  /** The names in its path. */
  readonly at: Json;
  readonly spec: Json;
  /** What an update sends. */
  readonly newSpec: Json;
}

const protocols = ['http', 'http2', 'grpc', 'tcp'] as const;
type Protocol = (typeof protocols)[number];

const listener = (protocol: Protocol): Json => ({
  portMapping: { port: 8000 + protocols.indexOf(protocol), protocol },
});
const second = (value: number): Json => ({ unit: 's', value });
const targets = (...nodes: readonly (readonly [string, number])[]): Json => ({
  weightedTargets: nodes.map(([virtualNode, weight]) => ({ virtualNode, weight })),
});

const nodeSpec = (protocol: Protocol, more: Json = {}): Json => ({
  listeners: [listener(protocol)],
  serviceDiscovery: { dns: { hostname: `${protocol}.shop.local` } },
  // App Mesh kept an empty list, and Terraform sees a change when it is lost.
  backends: [],
  ...more,
});

const http = (weight: number): Json => ({
  match: { prefix: '/', method: 'GET', headers: [{ name: 'x-team', match: { prefix: 'a' }, invert: false }] },
  action: targets(['http-a', 100 - weight], ['http-b', weight]),
  retryPolicy: { httpRetryEvents: ['server-error'], maxRetries: 2, perRetryTimeout: { unit: 'ms', value: 250 } },
  timeout: { perRequest: second(15), idle: second(60) },
});

const routeSpecs: Readonly<Record<Protocol, (weight: number) => Json>> = {
  http: (weight) => ({ priority: 7, httpRoute: http(weight) }),
  http2: (weight) => ({ http2Route: { match: { prefix: '/' }, action: targets(['http2-a', 100 - weight]) } }),
  grpc: (weight) => ({
    grpcRoute: {
      match: { serviceName: 'shop.Orders', methodName: 'Place' },
      action: targets(['grpc-a', 100 - weight]),
      retryPolicy: { grpcRetryEvents: ['unavailable'], maxRetries: 1, perRetryTimeout: second(1) },
    },
  }),
  tcp: (weight) => ({ tcpRoute: { action: targets(['tcp-a', 100 - weight]), timeout: { idle: second(30) } } }),
};

/** The name of a service may hold what a path may not. */
const serviceName = (protocol: Protocol): string => `${protocol}.shop.local/a b%c`;

function gatewayRouteSpec(protocol: Exclude<Protocol, 'tcp'>): Json {
  const action = { target: { virtualService: { virtualServiceName: serviceName(protocol) } } };
  if (protocol === 'grpc') return { grpcRoute: { match: { serviceName: 'shop.Orders' }, action } };
  return { [`${protocol}Route`]: { match: { prefix: '/' }, action } };
}

/** A mesh with every kind of resource, a route of each protocol and a gateway route of each a gateway speaks, in an order of creation. */
export function shopMesh(meshName: string): readonly Resource[] {
  const resource = (kind: string, at: Json, spec: Json, newSpec: Json): Resource => ({
    kind,
    at: { meshName, ...at },
    spec,
    newSpec,
  });
  const logging = { accessLog: { file: { path: '/dev/stdout' } } };
  const nodes = protocols.map((protocol) =>
    resource('VirtualNode', { virtualNodeName: `${protocol}-a` }, nodeSpec(protocol), nodeSpec(protocol, { logging })),
  );
  const second_ = resource(
    'VirtualNode',
    { virtualNodeName: 'http-b' },
    nodeSpec('http'),
    nodeSpec('http', { logging }),
  );
  const routers = protocols.map((protocol) => {
    const spec = { listeners: [listener(protocol)] };
    return resource('VirtualRouter', { virtualRouterName: `${protocol} router` }, spec, spec);
  });
  const routes = protocols.map((protocol) => {
    const at = { virtualRouterName: `${protocol} router`, routeName: `${protocol}/route` };
    return resource('Route', at, routeSpecs[protocol](10), routeSpecs[protocol](25));
  });
  const services = protocols.map((protocol) => {
    const byRouter = { provider: { virtualRouter: { virtualRouterName: `${protocol} router` } } };
    const byNode = { provider: { virtualNode: { virtualNodeName: `${protocol}-a` } } };
    return resource('VirtualService', { virtualServiceName: serviceName(protocol) }, byNode, byRouter);
  });
  const gateways = (['http', 'http2', 'grpc'] as const).flatMap((protocol) => {
    const virtualGatewayName = `gw-${protocol}`;
    const spec = { listeners: [listener(protocol)] };
    const route = gatewayRouteSpec(protocol);
    return [
      resource('VirtualGateway', { virtualGatewayName }, spec, { ...spec, logging }),
      resource('GatewayRoute', { virtualGatewayName, gatewayRouteName: 'in' }, route, { ...route, priority: 3 }),
    ];
  });
  const mesh = resource('Mesh', {}, {}, { egressFilter: { type: 'ALLOW_ALL' } });
  return [mesh, ...nodes, second_, ...routers, ...routes, ...services, ...gateways];
}

/** The member of an answer that holds the resource: `virtualNode` for a `VirtualNode`. */
export const memberOf = (kind: string): string => kind.charAt(0).toLowerCase() + kind.slice(1);

/** `operation('Create', 'VirtualNode')`. */
export const operation = (verb: 'Create' | 'Describe' | 'Update' | 'Delete', kind: string): OperationName =>
  `${verb}${kind}` as OperationName;
