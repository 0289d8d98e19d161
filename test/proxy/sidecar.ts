import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Processes, type RunningProcess } from '../../local/processes.ts';
import { envoyBinary } from '../support/envoy-binary.ts';
import { eventually } from './eventually.ts';
import type { LocalControlPlane } from './local-control-plane.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INIT = join(ROOT, 'proxy/init');

/** The agent as it is shipped: one bundle, which runs under the flags of proxy/init. */
export async function bundleAgent(): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'weir-bundle-')), 'main.mjs');
  const banner =
    "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['proxy/agent/main.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    banner: { js: banner },
    logLevel: 'silent',
  });
  return outfile;
}

/** One line of the agent's log. */
export type LogLine = { event: string; pid?: number; rev?: number; [field: string]: unknown };

/** One task's sidecar: proxy/init with agent and Envoy on an address of its own, and the endpoints ECS gives a task. */
export class Sidecar {
  readonly log: LogLine[] = [];
  readonly #text: string[] = [];
  readonly #address: string;
  readonly #task: string;
  readonly #bundle: string;
  readonly #processes = new Processes();
  readonly #directory = mkdtempSync(join(tmpdir(), 'weir-s-'));
  #endpoints: Server | undefined;
  #running: RunningProcess | undefined;

  constructor(address: string, task: string, bundle: string) {
    this.#address = address;
    this.#task = task;
    this.#bundle = bundle;
  }

  /** Starts the container. Without a control plane the agent finds nothing but its disk. */
  async start(plane: LocalControlPlane | undefined, env: Record<string, string> = {}): Promise<void> {
    const ecs = await this.#ecsEndpoints(plane);
    const running = this.#processes.spawn('/bin/sh', [INIT], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        WEIR_NODE: process.execPath,
        WEIR_AGENT: this.#bundle,
        WEIR_ENVOY: envoyBinary(),
        WEIR_BIND_ADDRESS: this.#address,
        WEIR_APP_ADDRESS: this.#address,
        WEIR_STATE_DIR: this.#directory,
        ENVOY_LOG_LEVEL: 'warning',
        APPMESH_RESOURCE_ARN: 'arn:aws:appmesh:us-east-1:000000000000:mesh/shop/virtualNode/front',
        ECS_CONTAINER_METADATA_URI_V4: `${ecs}/v4/1`,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${ecs}/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: 'let-me-in',
        AWS_ENDPOINT_URL: plane?.aws.url ?? 'http://127.0.0.1:9',
        ...env,
      },
    });
    this.#running = running;
    for (const stream of [running.child.stdout, running.child.stderr])
      stream?.on('data', (chunk: Buffer) => this.#read(chunk.toString()));
  }

  /** The next line of that event after those already taken by {@link mark}. */
  event(event: string, since = 0): Promise<LogLine> {
    const look = () => this.log.slice(since).find((line) => line.event === event);
    return eventually(`"${event}" in the log`, look).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#text.join('')}`);
    });
  }

  /** Position in the log, for {@link event}. */
  mark(): number {
    return this.log.length;
  }

  /** Process id of the agent, a child of init. */
  agentPid(): Promise<number> {
    const init = this.#running?.pid ?? 0;
    const children = readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').trim().split(' ').map(Number);
    const isAgent = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.#bundle);
    return eventually('an agent', () => children.find(isAgent));
  }

  /** GET through the sidecar's egress proxy for `host`. Status 0: no answer. */
  get(host: string, path = '/', port = 15001): Promise<{ status: number; body: string }> {
    return get(this.#address, port, host, path);
  }

  admin(path: string): Promise<{ status: number; body: string }> {
    return get(this.#address, 9901, 'localhost', path);
  }

  /** How the container ended; `undefined` while it runs. */
  exitCode(): number | undefined {
    return this.#running?.child.exitCode ?? undefined;
  }

  /** SIGTERM to init alone, as ECS does. Resolves with its exit code. */
  async stop(graceMs = 30_000): Promise<number | null | undefined> {
    return (await this.#running?.end(graceMs))?.code;
  }

  /** The container is gone at once, agent and Envoy included. Its disk stays. */
  async crash(): Promise<void> {
    await this.#running?.end(0);
  }

  async dispose(): Promise<void> {
    await this.#processes.endAll(0);
    this.#endpoints?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #read(text: string): void {
    this.#text.push(text);
    for (const line of text.split('\n')) if (line.startsWith('{')) this.log.push(JSON.parse(line) as LogLine);
  }

  async #ecsEndpoints(plane: LocalControlPlane | undefined): Promise<string> {
    this.#endpoints?.close();
    const server = createServer((incoming, answer) => this.#answer(plane, incoming, answer));
    this.#endpoints = server;
    await new Promise<void>((resolve) => server.listen(0, this.#address, resolve));
    const { port } = server.address() as { port: number };
    return `http://${this.#address}:${port}`;
  }

  #answer(plane: LocalControlPlane | undefined, { url, headers }: IncomingMessage, answer: ServerResponse): void {
    const root = plane?.aws.root;
    if (url === '/v4/1/task')
      answer.end(JSON.stringify({ TaskARN: `arn:aws:ecs:us-east-1:000000000000:task/default/${this.#task}` }));
    else if (url !== '/credentials' || root === undefined) answer.writeHead(404).end();
    else if (headers.authorization !== 'let-me-in') answer.writeHead(403).end();
    else answer.end(JSON.stringify({ AccessKeyId: root.accessKeyId, SecretAccessKey: root.secretAccessKey }));
  }
}

function get(address: string, port: number, host: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const call = request({ host: address, port, path, headers: { host, connection: 'close' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve({ status: 0, body }));
    });
    call.on('error', () => resolve({ status: 0, body: '' }));
    call.end();
  });
}
