import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Drain } from './drain.ts';
import { failures } from './failures.ts';

/** What an app answers: any JSON value under a status. */
export type Answer = { status: number; body: Record<string, unknown> };

/** An app of the shop, before it is bound to an address. */
export type Application = { name: string; answer: (request: IncomingMessage) => Promise<Answer> };

/** The port of every app of the shop, as its virtual node's listener says. */
const PORT = 8080;

const version = process.env['VERSION'] ?? 'v1';

/**
 * Runs an app of the shop in this process: on `WEIR_APP_ADDRESS:8080` (any address where there is no local mode), failing
 * `FAIL_PERCENT` percent of its requests with 500 (the same ones in every task and run, or with `FAIL_SEED=any` its own), until
 * SIGTERM; then it drains and exits 0. `/health` says 503 for the first `WARM_UP_SECONDS`, as of an app that fills its caches:
 * ECS keeps the old tasks of a rolling update for so long.
 */
export function runApplication({ name, answer }: Application): void {
  const drain = new Drain();
  const fails = failures(Number(process.env['FAIL_PERCENT'] ?? 0), seed(process.env['FAIL_SEED'] ?? '1'));
  const warmAt = Date.now() + Number(process.env['WARM_UP_SECONDS'] ?? 0) * 1000;
  const server = createServer((request, response) => {
    if (request.url === '/health') return void response.writeHead(Date.now() < warmAt ? 503 : 200).end();
    drain.seen();
    const reply = fails() ? Promise.resolve(injected) : answer(request).catch(broken);
    void reply.then(({ status, body }) => write(response, { status, body: { service: name, version, ...body } }));
  });
  // A server that closes idle connections races with the next request on them; its peer is a sidecar that may wait for ever.
  server.keepAliveTimeout = 0;
  server.listen(PORT, process.env['WEIR_APP_ADDRESS'] ?? '0.0.0.0', () => log('listening', { service: name }));
  process.once('SIGTERM', () => {
    log('draining', {});
    void drain.close(server).then(() => process.exit(0));
  });
}

const seed = (text: string): number => (text === 'any' ? (Date.now() ^ (process.pid << 16)) >>> 0 : Number(text));

const injected: Answer = { status: 500, body: { error: 'this release is broken' } };

const broken = (error: Error): Answer => ({ status: 500, body: { error: error.message } });

let failed = false;

function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
  if (status < 500 || failed) return;
  failed = true;
  log('firstFailure', { status });
}

/** One JSON line on standard output; `at` is epoch milliseconds. The story reads `firstFailure` from it. */
function log(event: string, fields: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), event, version, ...fields })}\n`);
}
