import http from 'node:http';
import https from 'node:https';

/** A request to a server (`url`) or, with `socketPath`, to a unix socket. */
export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly socketPath?: string;
  /** Milliseconds for the whole exchange; 5,000 unless told. */
  readonly timeoutMs?: number;
}

/** An answer of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** How requests are made; a port, so that tests answer without a socket. */
export type HttpClient = (request: HttpRequest) => Promise<HttpResponse>;

const TIMEOUT_MS = 5_000;

/** One exchange over `node:http(s)`: `fetch` would cost every task 2.5 MiB. Rejects on a broken or timed-out exchange. */
export const httpRequest: HttpClient = async ({ url, method = 'GET', headers, body, socketPath, timeoutMs }) => {
  const { protocol } = new URL(url);
  const signal = AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS);
  const options = { method, signal, ...(headers && { headers }), ...(socketPath && { socketPath }) };
  try {
    return await new Promise<HttpResponse>((resolve, reject) => {
      const request = (protocol === 'https:' ? https : http).request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      });
      request.on('error', reject);
      request.end(body);
    });
  } catch (cause) {
    throw new Error(`${method} ${withoutQuery(url)} failed`, { cause });
  }
};

/** A query may hold a signature. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/, '');
}
