import fc from 'fast-check';
import { type Shape, shapeOf } from '#mesh/api/model.ts';
import { specViolations } from '#mesh/api/rules/spec-rules.ts';
import type { ResourceKind, SpecOf } from '#mesh/model/resource.ts';

/** Few names, so that references often meet, and sometimes point at nothing. */
export const names = {
  nodes: ['n0', 'n1', 'n2', 'n3'],
  services: ['s0.local', 's1.local', 's2.local/x'],
  routers: ['r0', 'r1'],
  gateways: ['g0'],
} as const;

const from = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:111122223333:${rest}`;

/** Values of shapes whose meaning the model does not know, or, of plain texts and numbers, by their field's name. */
const words: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  virtualNode: from(...names.nodes),
  virtualNodeName: from(...names.nodes),
  virtualRouterName: from(...names.routers),
  virtualServiceName: from(...names.services),
  PortNumber: from(80, 443, 8080),
  ListenerPort: from(80, 443, 8080),
  Duration: fc.record({ unit: from('s', 'ms'), value: fc.nat({ max: 100_000 }) }),
  weight: fc.nat({ max: 30 }),
  priority: fc.nat({ max: 2 }),
  MatchRange: from({ start: -5, end: 5 }, { start: 0, end: 1 }),
  prefix: from('/', '/a', '/a/', '/a/b', '/b'),
  HttpPathExact: from('/', '/a', '/a/b'),
  HttpPathRegex: from('/a/[0-9]+', '.*', '/(a|b)/?'),
  HeaderMatch: from('one', 'x.*', 'a+'),
  HeaderName: from('x-a', 'X-B', 'x-c'),
  QueryParameterName: from('q', 'r'),
  ServiceName: from('shop.Orders', 'shop.Pay'),
  MethodName: from('Get', 'Put'),
  ExactHostName: from('a.example.com', 'b.example.com'),
  SuffixHostname: from('.example.com', '.com'),
  HttpGatewayRoutePrefix: from('/', '/new/', '/a/'),
  HttpRetryPolicyEvent: from('server-error', 'gateway-error', 'client-error', 'stream-error'),
  Hostname: from('a.local', 'b.local'),
  AwsCloudMapName: from('shop', 'orders'),
  AwsCloudMapInstanceAttributeKey: from('color', 'size'),
  AwsCloudMapInstanceAttributeValue: from('blue', 'green'),
  certificateArn: from(arn('acm', 'certificate/0a-1b'), arn('acm', 'certificate/2c')),
  CertificateAuthorityArns: from([arn('acm-pca', 'certificate-authority/1')]),
  certificateChain: from('/certs/a.pem', '/certs/b.pem'),
  privateKey: from('/certs/a.key', '/certs/b.key'),
  SdsSecretName: from('spiffe://shop/a', 'plain'),
  SubjectAlternativeName: from('a.local', 'spiffe://shop/a'),
  /** Of a health check and of an access log. */
  path: from('/dev/null'),
  TextFormat: from('%START_TIME% %REQ(:PATH)%\n', 'plain'),
  JsonKey: from('path', 'status'),
  JsonValue: from('%REQ(:PATH)%', '%RESPONSE_CODE%'),
};

/** What no single shape can say: which fields go together. */
const structures: Readonly<Record<string, (shape: Shape) => fc.Arbitrary<object>>> = {
  RouteSpec: oneOf('httpRoute', 'http2Route', 'grpcRoute', 'tcpRoute'),
  GatewayRouteSpec: oneOf('httpRoute', 'http2Route', 'grpcRoute'),
  HttpRouteMatch: oneOf('prefix', 'path'),
  HttpGatewayRouteMatch: (shape) =>
    fc.oneof(oneOf('prefix', 'path')(shape), record(shape, { without: ['prefix', 'path'], required: ['hostname'] })),
  HttpPathMatch: oneOf('exact', 'regex'),
  GatewayRouteHostnameMatch: oneOf('exact', 'suffix'),
  HttpGatewayRouteRewrite: oneOf('prefix', 'path'),
  HttpGatewayRoutePrefixRewrite: oneOf('defaultPrefix', 'value'),
  HttpRetryPolicy: (shape) => record(shape, { required: ['httpRetryEvents'] }),
  GrpcRetryPolicy: (shape) => record(shape, { required: ['grpcRetryEvents'] }),
  GrpcRouteMatch: (shape) => record(shape, { required: ['serviceName'] }),
  GrpcGatewayRouteMatch: (shape) => record(shape, { required: ['serviceName'] }),
  VirtualNodeSpec: (shape) => record(shape, { required: ['serviceDiscovery'] }),
  HealthCheckPolicy: (shape) => record(shape, { without: ['port'] }),
  Listener: ofItsProtocol,
  VirtualGatewayListener: ofItsProtocol,
};

/** Any spec of a kind that the API accepts, with every field its model has: a new field is in it as soon as the model knows it. */
export function specOf<K extends ResourceKind>(kind: K): fc.Arbitrary<SpecOf[K]> {
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Spec`;
  const specs = anyOf('', name) as fc.Arbitrary<SpecOf[K]>;
  return specs.filter((spec) => [...specViolations(kind, spec)].length === 0);
}

function anyOf(member: string, name: string): fc.Arbitrary<unknown> {
  const shape = shapeOf(name);
  const known = words[name] ?? (isPlain(shape) ? words[member] : undefined);
  if (known !== undefined) return known;
  if (shape.values !== undefined) return from(...shape.values);
  switch (shape.type) {
    case 'structure':
      return (structures[name] ?? record)(shape);
    case 'union':
      return fc.oneof(...members(shape).map(([key]) => record(shape, { only: [key], required: [key] })));
    case 'list':
      return fc.array(anyOf(member, shape.of ?? ''), { minLength: shape.min ?? 0, maxLength: (shape.min ?? 0) + 2 });
    case 'string':
      return fc.string({ unit: 'grapheme-ascii', minLength: Math.max(1, shape.min ?? 1), maxLength: 12 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'long':
      return fc.integer({ min: shape.min ?? 0, max: Math.min(shape.max ?? 2 ** 31, 2 ** 31) });
  }
}

const isPlain = ({ type }: Shape) => type === 'string' || type === 'integer' || type === 'long';
const members = ({ members: all = {} }: Shape) => Object.entries(all);

interface Fields {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly required?: readonly string[];
}

function record(shape: Shape, { only, without = [], required = [] }: Fields = {}): fc.Arbitrary<object> {
  const wanted = members(shape).filter(([key]) => (only ?? [key]).includes(key) && !without.includes(key));
  const fields = Object.fromEntries(wanted.map(([key, name]) => [key, anyOf(key, name)]));
  const needed = [...(shape.required ?? []), ...required].filter((key) => key in fields);
  return fc.record(fields, { requiredKeys: needed as never[] });
}

/** Exactly one of some fields, and whatever else the shape has. */
function oneOf(...alternatives: readonly string[]): (shape: Shape) => fc.Arbitrary<object> {
  return (shape) => {
    const others = (chosen: string) => alternatives.filter((key) => key !== chosen);
    return fc.oneof(...alternatives.map((key) => record(shape, { without: others(key), required: [key] })));
  };
}

/** A listener's timeout and connection pool are for the protocol it speaks. */
function ofItsProtocol(shape: Shape): fc.Arbitrary<object> {
  const coupled = ['timeout', 'connectionPool'].filter((key) => key in (shape.members ?? {}));
  return record(shape, { without: coupled }).chain((listener) => {
    const { protocol } = (listener as { portMapping: { protocol: string } }).portMapping;
    const unions = coupled.map((key) => [key, shapeOf(shape.members?.[key] ?? '')] as const);
    const fields = unions.filter(([, union]) => protocol in (union.members ?? {}));
    const parts = Object.fromEntries(
      fields.map(([key, union]) => [key, record(union, { only: [protocol], required: [protocol] })]),
    );
    return fc.record(parts, { requiredKeys: [] }).map((rest) => ({ ...listener, ...rest }));
  });
}
