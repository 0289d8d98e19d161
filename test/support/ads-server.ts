import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '#envoy-protos/envoy/service/discovery/v3/discovery_pb.js';
import type { WireResources } from '#mesh/wire/snapshot.ts';

/** A response that Envoy refused. */
export interface Refusal {
  readonly type: string;
  readonly text: string;
}

/** The smallest delta ADS server that Envoy is content with; it serves one state to whoever connects. */
export interface AdsServer {
  readonly port: number;
  /** Pushes a new state and resolves, with what was refused, when Envoy has answered everything. */
  set(resources: WireResources): Promise<readonly Refusal[]>;
  /** Resolves, with what was refused, when every Envoy that is connected has all of the state. */
  settled(): Promise<readonly Refusal[]>;
  /** How often each resource was sent, by `<short type>/<name>`. */
  readonly sent: Map<string, number>;
  close(): void;
}

/** Make-before-break at its simplest: what is referred to goes first. */
const pushOrder = ['Secret', 'Cluster', 'ClusterLoadAssignment', 'Listener', 'RouteConfiguration', 'VirtualHost'];

const ROUTE_CONFIGURATION = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
const VIRTUAL_HOST = 'type.googleapis.com/envoy.config.route.v3.VirtualHost';

/** How long Envoy may take to ask for and accept everything; its own wait for a resource is 5 s. */
const PATIENCE_MS = 20_000;

interface Subscription {
  readonly names: Set<string>;
  readonly versions: Map<string, string>;
  isWildcard: boolean;
  isAnswered: boolean;
}

/** Starts a server on a free loopback port. */
export async function startAdsServer(): Promise<AdsServer> {
  const state = { resources: {} as WireResources };
  const sent = new Map<string, number>();
  const streams = new Set<Connection>();
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    const connection = new Connection(stream, state, sent);
    streams.add(connection);
    stream.on('close', () => streams.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settled = async () => (await Promise.all([...streams].map((connection) => connection.settled()))).flat();
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    async set(resources) {
      state.resources = resources;
      await Promise.all([...streams].map((connection) => connection.push()));
      return settled();
    },
    settled,
    close: () => server.close(),
  };
}

const routeConfigurationOf = (virtualHost: string) => virtualHost.slice(0, virtualHost.lastIndexOf('/'));

class Connection {
  readonly #stream: ServerHttp2Stream;
  readonly #state: { resources: WireResources };
  readonly #sent: Map<string, number>;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #waiting = new Map<string, (isAccepted: boolean) => void>();
  /** Route configurations that Envoy has: it drops virtual hosts of any other without a word. */
  readonly #held = new Set<string>();
  readonly #refusals: Refusal[] = [];
  #unread = Buffer.alloc(0);
  #nonce = 0;

  constructor(stream: ServerHttp2Stream, state: { resources: WireResources }, sent: Map<string, number>) {
    this.#stream = stream;
    this.#state = state;
    this.#sent = sent;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Sends what changed, type by type, each after the last was answered. */
  async push(): Promise<void> {
    for (const short of pushOrder)
      for (const type of this.#subscriptions.keys()) if (type.endsWith(`.${short}`)) await this.#send(type);
  }

  async settled(): Promise<Refusal[]> {
    const end = Date.now() + PATIENCE_MS;
    while (this.#refusals.length === 0 && this.#lacks().length > 0) {
      if (Date.now() > end) throw new Error(`Envoy never asked for, or never answered: ${this.#lacks().join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return this.#refusals.splice(0);
  }

  /** What Envoy has not acknowledged yet. */
  #lacks(): string[] {
    const { resources } = this.#state;
    const routes = Object.keys(resources[ROUTE_CONFIGURATION] ?? {}).filter((name) => !this.#held.has(name));
    const sent = this.#subscriptions.get(VIRTUAL_HOST)?.versions;
    const hosts = Object.entries(resources[VIRTUAL_HOST] ?? {}).filter(([name, it]) => sent?.get(name) !== it.version);
    return [...routes, ...hosts.map(([name]) => name), ...[...this.#waiting.keys()].map((nonce) => `answer ${nonce}`)];
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 5 && this.#unread.length >= 5 + this.#unread.readUInt32BE(1)) {
      const end = 5 + this.#unread.readUInt32BE(1);
      this.#receive(fromBinary(DeltaDiscoveryRequestSchema, this.#unread.subarray(5, end)));
      this.#unread = this.#unread.subarray(end);
    }
  }

  #receive(request: DeltaDiscoveryRequest): void {
    const type = request.typeUrl;
    const text = request.errorDetail?.message;
    this.#waiting.get(request.responseNonce)?.(text === undefined);
    this.#waiting.delete(request.responseNonce);
    if (text !== undefined) this.#refusals.push({ type, text });
    const known = this.#subscriptions.get(type);
    const subscription = known ?? { names: new Set(), versions: new Map(), isWildcard: false, isAnswered: false };
    this.#subscriptions.set(type, subscription);
    if (known === undefined && request.resourceNamesSubscribe.length === 0) subscription.isWildcard = true;
    for (const name of request.resourceNamesSubscribe) {
      if (name === '*') subscription.isWildcard = true;
      else subscription.names.add(name);
      this.#forget(type, name);
    }
    for (const name of request.resourceNamesUnsubscribe) subscription.names.delete(name);
    void this.#send(type);
  }

  #forget(type: string, name: string): void {
    this.#subscriptions.get(type)?.versions.delete(name);
    if (type !== ROUTE_CONFIGURATION || !this.#held.delete(name)) return;
    const hosts = this.#subscriptions.get(VIRTUAL_HOST)?.versions;
    for (const host of hosts?.keys() ?? []) if (routeConfigurationOf(host) === name) hosts?.delete(host);
  }

  /** A cluster that changes waits for its endpoints and does not ask for those it had: without them it is served 5 s late. */
  #endpointsOf(clusters: readonly string[]): void {
    const endpoints = this.#subscriptions.get(ENDPOINTS);
    for (const name of clusters) if (endpoints?.names.has(name)) endpoints.versions.delete(name);
    void this.#send(ENDPOINTS);
  }

  #isDue(type: string, name: string): boolean {
    return type !== VIRTUAL_HOST || this.#held.has(routeConfigurationOf(name));
  }

  async #send(type: string): Promise<void> {
    const subscription = this.#subscriptions.get(type);
    if (subscription === undefined) return;
    const named = this.#state.resources[type] ?? {};
    const wanted = subscription.isWildcard ? Object.keys(named) : [...subscription.names];
    const changed = wanted.filter(
      (name) => name in named && subscription.versions.get(name) !== named[name]?.version && this.#isDue(type, name),
    );
    const removed = [...subscription.versions.keys()].filter((name) => !(name in named));
    if (changed.length + removed.length === 0 && subscription.isAnswered) return;
    subscription.isAnswered = true;
    for (const name of removed) subscription.versions.delete(name);
    const resources = changed.map((name) => {
      const { version = '', body = '' } = named[name] ?? {};
      subscription.versions.set(name, version);
      const key = `${type.split('.').at(-1)}/${name}`;
      this.#sent.set(key, (this.#sent.get(key) ?? 0) + 1);
      return { name, version, resource: { typeUrl: type, value: Buffer.from(body, 'base64') } };
    });
    const nonce = `${++this.#nonce}`;
    const answered = new Promise<boolean>((resolve) => this.#waiting.set(nonce, resolve));
    this.#write({ typeUrl: type, nonce, resources, removedResources: removed });
    if (type === CLUSTER) this.#endpointsOf(changed);
    if (!(await answered) || type !== ROUTE_CONFIGURATION) return;
    for (const name of removed) this.#held.delete(name);
    for (const name of changed) this.#held.add(name);
    void this.#send(VIRTUAL_HOST);
  }

  #write(response: Parameters<typeof create<typeof DeltaDiscoveryResponseSchema>>[1]): void {
    const message = toBinary(DeltaDiscoveryResponseSchema, create(DeltaDiscoveryResponseSchema, response));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    this.#stream.write(Buffer.concat([head, message]));
  }
}
