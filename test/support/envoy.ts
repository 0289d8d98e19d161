import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBinary } from './envoy-binary.ts';

/** A running Envoy under test. */
export interface RunningEnvoy {
  /** GET on the admin interface. */
  admin(path: string): Promise<string>;
  /** Everything Envoy wrote to its log so far. */
  log(): string;
  stop(): void;
}

const http2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
};

const socket = (address: string, port_value: number) => ({ socket_address: { address, port_value } });

/** A bootstrap that takes everything from one delta ADS server, as the agent's does. */
function bootstrap(address: string, adsPort: number): object {
  const dynamic = { resource_api_version: 'V3', initial_fetch_timeout: '0s', ads: {} };
  const endpoint = { endpoint: { address: socket('127.0.0.1', adsPort) } };
  return {
    node: { id: 'test', cluster: 'test' },
    admin: { address: socket(address, ADMIN_PORT) },
    stats_flush_on_admin: true,
    dynamic_resources: {
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'ads' } }],
      },
      cds_config: dynamic,
      lds_config: dynamic,
    },
    static_resources: {
      clusters: [
        {
          name: 'ads',
          type: 'STATIC',
          connect_timeout: '1s',
          typed_extension_protocol_options: http2,
          load_assignment: { cluster_name: 'ads', endpoints: [{ lb_endpoints: [endpoint] }] },
        },
      ],
    },
  };
}

/** On an address of the test's own, so that any port is free. */
const ADMIN_PORT = 9901;

/** Starts Envoy with its admin interface on `address`, fed by the ADS server on `adsPort`; resolves once it is live. */
export async function startEnvoy(address: string, adsPort: number): Promise<RunningEnvoy> {
  const file = join(mkdtempSync(join(tmpdir(), 'weir-envoy-')), 'bootstrap.json');
  writeFileSync(file, JSON.stringify(bootstrap(address, adsPort)));
  const logs = ['--log-level', 'warning', '--file-flush-interval-msec', '50'];
  const flags = ['-c', file, '--concurrency', '1', '--disable-hot-restart', ...logs];
  const child = spawn(envoyBinary(), flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const admin = async (path: string) => (await fetch(`http://${address}:${ADMIN_PORT}${path}`)).text();
  await live(child, admin, () => lines.join(''));
  return {
    admin,
    log: () => lines.join(''),
    stop: () => {
      process.off('exit', endWithUs);
      child.kill('SIGKILL');
    },
  };
}

async function live(child: ChildProcess, admin: (path: string) => Promise<string>, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Envoy ended with ${child.exitCode}:\n${log()}`);
    const answer = await admin('/ready').catch(() => '');
    if (answer.startsWith('LIVE')) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
