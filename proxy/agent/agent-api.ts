import { rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { EnvoyAdmin } from './envoy-admin.ts';
import { errorText, type Log } from './log.ts';
import { METRICS_SOURCE, type MetricsOwner, metricsExtension } from './metrics-extension.ts';

/** Where the agent's own API listens. */
export type AgentApiAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** What the API needs. */
export interface AgentApiOptions {
  readonly address: AgentApiAddress;
  readonly owner: MetricsOwner;
  readonly admin: Pick<EnvoyAdmin, 'prometheus'>;
  readonly log: Log;
}

const TEXT = 'text/plain; version=0.0.4';

/**
 * The part of App Mesh's agent API that monitoring reads: `GET /stats/prometheus`, Envoy's own statistics, and with
 * `?filter=metrics_extension` App Mesh's names for them. Only there when the task asks for it.
 */
export async function serveAgentApi({ address, owner, admin, log }: AgentApiOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
    if (request.method !== 'GET' || pathname !== '/stats/prometheus') return void response.writeHead(404).end();
    const isExtension = searchParams.get('filter') === 'metrics_extension';
    admin.prometheus(isExtension ? METRICS_SOURCE : undefined, searchParams.has('usedonly')).then(
      (text) => answer(response, isExtension ? metricsExtension(text, owner) : text),
      (error) => {
        log.warn('statisticsUnread', { error: errorText(error) });
        response.writeHead(503).end();
      },
    );
  });
  if ('socketPath' in address) rmSync(address.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if ('socketPath' in address) server.listen(address.socketPath, resolve);
    else server.listen(address.port, address.host, resolve);
  });
  return server;
}

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': TEXT }).end(text);
}
