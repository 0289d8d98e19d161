import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Interception } from '#mesh/model/endpoint.ts';
import { EnvoyLab } from './envoy-lab.ts';
import {
  type Dial,
  type HttpCall,
  type HttpClient,
  type HttpReply,
  http1,
  http2,
  sendMany,
  tally,
} from './http-client.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream.ts';

/** Where redirected connections were going, by their clients' lights: only the port matters to a compiled mesh. */
export const SOMEWHERE = '10.1.2.3';
const EGRESS = 15001;
const INGRESS = 15000;

export interface TrafficOptions {
  /** Address of the proxy under test. */
  readonly address: string;
  /** The mesh (YAML) it starts with. */
  readonly mesh: string;
  /** e.g. `virtualNode/front`. */
  readonly proxy: string;
  readonly interception?: Interception;
  readonly upstreams: readonly UpstreamOptions[];
}

/** A proxy under test with the applications behind it, alive for the tests of a file. */
export interface Traffic {
  readonly lab: EnvoyLab;
  /** The application of this name. */
  app(name: string): Upstream;
  /** Makes the proxy serve another mesh; fails the test when Envoy refuses any of it. */
  apply(mesh: string): Promise<void>;
  /** A client of the proxy's own task, whose connections iptables would have redirected from this port. */
  client(port: number, protocol?: 'http' | 'http2'): HttpClient;
  /** A client elsewhere, whose connections iptables would have redirected from this port of the proxy's task. */
  inbound(port: number, protocol?: 'http' | 'http2'): HttpClient;
  /** A client that dials a port of Envoy's itself. */
  direct(port: number, protocol?: 'http' | 'http2'): HttpClient;
  /** The same as `inbound`, with TLS of the client's own. */
  inboundTls(port: number, options: ConnectionOptions): HttpClient;
  /** Which applications (or, unanswered, which statuses) `count` requests came back from, and how often each. */
  answers(client: HttpClient, count: number, call?: HttpCall): Promise<Record<string, number>>;
}

/** Starts a real Envoy and applications before the tests of this file, forgets what they saw before each, ends them after. */
export function useTraffic({ address, mesh, proxy, interception = 'transparent', upstreams }: TrafficOptions): Traffic {
  let lab: EnvoyLab | undefined;
  const apps = new Map<string, Upstream>();
  const clients: HttpClient[] = [];
  beforeAll(async () => {
    for (const options of upstreams) apps.set(options.name, await startUpstream(options));
    lab = await EnvoyLab.start(address, mesh, proxy, interception);
  });
  beforeEach(() => {
    for (const upstream of apps.values()) upstream.reset();
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    lab?.stop();
    await Promise.all([...apps.values()].map((upstream) => upstream.close()));
  });
  const connected = (protocol: 'http' | 'http2' = 'http', dial: Dial): HttpClient => {
    const client = (protocol === 'http' ? http1 : http2)(dial);
    clients.push(client);
    return client;
  };
  const started = () => present(lab, 'the lab has not started');
  return {
    get lab() {
      return started();
    },
    app: (name) => present(apps.get(name), `no application ${name}`),
    apply: async (next) => expect(await started().apply(next, proxy)).toEqual([]),
    client: (port, protocol) => connected(protocol, () => started().dial(EGRESS, { address: SOMEWHERE, port })),
    inbound: (port, protocol) => connected(protocol, () => started().dial(INGRESS, { address, port })),
    direct: (port, protocol) => connected(protocol, () => started().dial(port)),
    inboundTls: (port, options) =>
      connected('http', () => connectTls({ ...options, socket: started().dial(INGRESS, { address, port }) })),
    answers: async (client, count, call) => tally(await sendMany(client, count, call), whoAnswered),
  };
}

const whoAnswered = ({ app, status }: HttpReply) => app || status;

function present<T>(value: T | undefined, reason: string): T {
  if (value === undefined) throw new Error(reason);
  return value;
}
