import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Interception } from '#mesh/model/endpoint.ts';
import type { WireResources } from '#mesh/wire/snapshot.ts';
import { type Refusal, startAdsServer } from './ads-server.ts';
import { type RunningEnvoy, startEnvoy } from './envoy.ts';
import { labResources } from './lab-resources.ts';

/** An application that answers with whatever status it is told to, and remembers what it was asked. */
export interface App {
  status: number;
  readonly seen: IncomingMessage[];
  readonly server: Server;
}

/** Starts an application where peers in explicit mode expect a task's first listener. */
export async function startApp(address: string): Promise<App> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming);
    response.writeHead(app.status).end();
  });
  const app: App = { status: 200, seen, server };
  await new Promise<void>((resolve) => server.listen(15100, address, resolve));
  return app;
}

/** A request through the lab's Envoy; by default to `orders.local` through the egress listener. */
export interface Target {
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly port?: number;
}

/** What a redirected connection was meant for. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

/** One real Envoy on an address of its own, fed by a delta ADS server, and a client. */
export class EnvoyLab {
  readonly address: string;
  readonly #ads: Awaited<ReturnType<typeof startAdsServer>>;
  readonly #envoy: RunningEnvoy;
  readonly #interception: Interception;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(
    address: string,
    ads: Awaited<ReturnType<typeof startAdsServer>>,
    envoy: RunningEnvoy,
    interception: Interception,
  ) {
    this.address = address;
    this.#ads = ads;
    this.#envoy = envoy;
    this.#interception = interception;
  }

  /** Starts Envoy as `proxy` of a mesh in YAML; resolves when it has all of it and is live. */
  static async start(
    address: string,
    mesh: string,
    proxy: string,
    interception: Interception = 'explicit',
  ): Promise<EnvoyLab> {
    const ads = await startAdsServer();
    await ads.set(labResources(address, mesh, proxy, interception));
    const envoy = await startEnvoy(address, ads.port);
    const refusals = await ads.settled();
    if (refusals.length === 0) return new EnvoyLab(address, ads, envoy, interception);
    envoy.stop();
    ads.close();
    throw new Error(`Envoy refused ${proxy}: ${refusals.map(({ text }) => text).join('; ')}`);
  }

  /** Makes Envoy `proxy` of `mesh`; resolves with what it refused once it has answered everything. */
  apply(mesh: string, proxy: string): Promise<readonly Refusal[]> {
    return this.push(labResources(this.address, mesh, proxy, this.#interception));
  }

  /** A connection to one of Envoy's ports; with `meantFor`, as if iptables had redirected it there. */
  dial(port: number, meantFor?: Destination): Socket {
    const socket = connect(port, this.address);
    if (meantFor !== undefined)
      socket.write(`PROXY TCP4 ${this.address} ${meantFor.address} 40000 ${meantFor.port}\r\n`);
    return socket;
  }

  /** GET on Envoy's admin interface. */
  admin(path: string): Promise<string> {
    return this.#envoy.admin(path);
  }

  /** One of Envoy's own counters or gauges; 0 when there is none of that name. */
  async stat(name: string): Promise<number> {
    const lines = (await this.admin(`/stats?filter=${encodeURIComponent(name)}`)).split('\n');
    return Number(lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? 0);
  }

  push(next: WireResources): Promise<readonly Refusal[]> {
    return this.#ads.set(next);
  }

  /** What was sent to Envoy since the last call: `<short type>/<name>` and how often. */
  takeSent(): [string, number][] {
    const sent = [...this.#ads.sent];
    this.#ads.sent.clear();
    return sent;
  }

  /** The status of one request; 0 when the connection failed. */
  send({ method = 'GET', host = 'orders.local', path = '/', port = 15001 }: Target = {}): Promise<number> {
    return new Promise((resolve) => {
      const options = { host: this.address, port, method, path, headers: { host }, agent: this.#agent };
      const outgoing = request(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      outgoing.on('error', () => resolve(0)).end();
    });
  }

  /** Statuses of many requests, ten at a time, by how often each came back. */
  async sendMany(target: Target, count = 300): Promise<Record<number, number>> {
    const statuses: Record<number, number> = {};
    const worker = async (share: number): Promise<void> => {
      for (let i = 0; i < share; i++) {
        const status = await this.send(target);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 10 }, () => worker(count / 10)));
    return statuses;
  }

  /** One counter of one cluster, summed over its hosts: what the agent reports. */
  async counter(cluster: string, name: string): Promise<number> {
    const lines = (await this.#envoy.admin('/clusters')).split('\n').filter((line) => line.startsWith(`${cluster}::`));
    const counts = lines.filter((line) => line.includes(`::${name}::`)).map((line) => Number(line.split('::').at(-1)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  stop(): void {
    this.#envoy.stop();
    this.#agent.destroy();
    this.#ads.close();
  }
}
