import type { AdminAddress } from './config.ts';
import type { HttpClient } from './http-request.ts';

/** What `/server_info` tells that the agent needs. */
export interface ServerInfo {
  /** `LIVE` once every listener of the first configuration is open. */
  readonly state: string;
  /** `1.40.0`, out of Envoy's longer text. */
  readonly version: string;
}

/** Envoy's admin interface, as far as the agent uses it. Every call rejects while Envoy does not answer. */
export class EnvoyAdmin {
  readonly #address: AdminAddress;
  readonly #request: HttpClient;

  constructor(address: AdminAddress, request: HttpClient) {
    this.#address = address;
    this.#request = request;
  }

  async serverInfo(): Promise<ServerInfo> {
    const { state, version } = JSON.parse(await this.#call('GET', '/server_info')) as ServerInfo;
    return { state, version: version.split('/')[1] ?? version };
  }

  /** The text of `/clusters?format=json`. */
  clusters(): Promise<string> {
    return this.#call('GET', '/clusters?format=json');
  }

  /** Values of the counters and gauges whose whole name matches `filter` (RE2); a stat never used is absent. */
  async stats(filter: string): Promise<ReadonlyMap<string, number>> {
    const text = await this.#call('GET', `/stats?format=json&filter=${encodeURIComponent(filter)}`);
    const { stats } = JSON.parse(text) as { stats: { name?: string; value?: number }[] };
    return new Map(
      stats.flatMap(({ name, value }) => (name !== undefined && value !== undefined ? [[name, value]] : [])),
    );
  }

  /** The text of `/stats?format=json` with all buckets of the histograms, for the stats whose name matches `filter` (RE2). */
  detailedStats(filter: string): Promise<string> {
    return this.#call('GET', `/stats?format=json&histogram_buckets=detailed&filter=${encodeURIComponent(filter)}`);
  }

  /** Statistics in Prometheus' text, of those whose whole name matches `filter` (RE2). */
  prometheus(filter: string | undefined, usedOnly: boolean): Promise<string> {
    const query = [
      ...(usedOnly ? ['usedonly'] : []),
      ...(filter === undefined ? [] : [`filter=${encodeURIComponent(filter)}`]),
    ];
    return this.#call('GET', `/stats/prometheus?${query.join('&')}`);
  }

  /** Answers health checks with "draining" and asks peers to leave. */
  async failHealthChecks(): Promise<void> {
    await this.#call('POST', '/healthcheck/fail');
  }

  /** Closes listeners gently: `connection: close` and GOAWAY over `--drain-time-s`. `skip_exit` keeps Envoy's process. */
  async drainListeners(): Promise<void> {
    await this.#call('POST', '/drain_listeners?graceful&skip_exit');
  }

  async #call(method: 'GET' | 'POST', path: string): Promise<string> {
    const place =
      'socketPath' in this.#address ? { host: 'localhost', socketPath: this.#address.socketPath } : this.#address;
    const authority = 'port' in place ? `${bracketed(place.host)}:${place.port}` : place.host;
    const socket = 'socketPath' in place ? { socketPath: place.socketPath } : {};
    const { status, body } = await this.#request({ url: `http://${authority}${path}`, method, ...socket });
    if (status !== 200) throw new Error(`Envoy's admin answered ${status} to ${method} ${path}`);
    return body.toString();
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
