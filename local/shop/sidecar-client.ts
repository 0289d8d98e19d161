import { Agent, type IncomingMessage, request } from 'node:http';

/** What a peer answered. */
export type PeerAnswer = { status: number; body: string };

/** Where a task's sidecar listens for what its app sends (App Mesh's egress port). */
const EGRESS_PORT = 15_001;

/** Longer than any route of the shop allows, so that the mesh decides about time-outs and not this client. */
const TIMEOUT_MS = 10_000;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** GETs a virtual service through this task's own sidecar, which knows by the Host header whom it means. */
export async function get(virtualService: string, path: string): Promise<PeerAnswer> {
  const host = process.env['WEIR_BIND_ADDRESS'] ?? '127.0.0.1';
  return new Promise((answered, failed) => {
    const outgoing = request(
      { agent, host, port: EGRESS_PORT, path, headers: { host: virtualService }, timeout: TIMEOUT_MS },
      (response) => void read(response).then((body) => answered({ status: response.statusCode ?? 0, body }), failed),
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${virtualService} did not answer in ${TIMEOUT_MS} ms`)));
    outgoing.once('error', failed);
    outgoing.end();
  });
}

async function read(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return body;
}
