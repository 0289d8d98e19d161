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
  /** How often each resource was sent, by `<short type>/<name>`. */
  readonly sent: Map<string, number>;
  close(): void;
}

/** Make-before-break at its simplest: what is referred to goes first. */
const pushOrder = ['Cluster', 'ClusterLoadAssignment', 'Listener', 'RouteConfiguration', 'VirtualHost'];

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
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    async set(resources) {
      state.resources = resources;
      const answers = await Promise.all([...streams].map((connection) => connection.push()));
      return answers.flat();
    },
    close: () => server.close(),
  };
}

class Connection {
  readonly #stream: ServerHttp2Stream;
  readonly #state: { resources: WireResources };
  readonly #sent: Map<string, number>;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #waiting = new Map<string, (refusals: Refusal[]) => void>();
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
  async push(): Promise<Refusal[]> {
    const refusals: Refusal[] = [];
    for (const short of pushOrder)
      for (const type of this.#subscriptions.keys())
        if (type.endsWith(`.${short}`)) refusals.push(...(await this.#send(type)));
    return refusals;
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
    this.#waiting.get(request.responseNonce)?.(text === undefined ? [] : [{ type, text }]);
    this.#waiting.delete(request.responseNonce);
    const known = this.#subscriptions.get(type);
    const subscription = known ?? { names: new Set(), versions: new Map(), isWildcard: false, isAnswered: false };
    this.#subscriptions.set(type, subscription);
    if (known === undefined && request.resourceNamesSubscribe.length === 0) subscription.isWildcard = true;
    for (const name of request.resourceNamesSubscribe) {
      if (name === '*') subscription.isWildcard = true;
      else subscription.names.add(name);
      subscription.versions.delete(name);
    }
    for (const name of request.resourceNamesUnsubscribe) subscription.names.delete(name);
    void this.#send(type);
  }

  async #send(type: string): Promise<Refusal[]> {
    const subscription = this.#subscriptions.get(type);
    if (subscription === undefined) return [];
    const named = this.#state.resources[type] ?? {};
    const wanted = subscription.isWildcard ? Object.keys(named) : [...subscription.names];
    const changed = wanted.filter((name) => name in named && subscription.versions.get(name) !== named[name]?.version);
    const removed = [...subscription.versions.keys()].filter((name) => !(name in named));
    if (changed.length + removed.length === 0 && subscription.isAnswered) return [];
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
    const answered = new Promise<Refusal[]>((resolve) => this.#waiting.set(nonce, resolve));
    this.#write({ typeUrl: type, nonce, resources, removedResources: removed });
    return answered;
  }

  #write(response: Parameters<typeof create<typeof DeltaDiscoveryResponseSchema>>[1]): void {
    const message = toBinary(DeltaDiscoveryResponseSchema, create(DeltaDiscoveryResponseSchema, response));
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    this.#stream.write(Buffer.concat([head, message]));
  }
}
