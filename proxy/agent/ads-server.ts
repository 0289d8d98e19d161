import { rmSync } from 'node:fs';
import http2 from 'node:http2';
import { decodeDeltaRequest, encodeDeltaResponse } from './delta-discovery.ts';
import { FrameReader, frame } from './grpc-frames.ts';
import { errorText, type Log } from './log.ts';
import type { Stage } from './plan.ts';
import { type Progress, Subscription } from './subscription.ts';
import { CLUSTER, LISTENER, SEND_ORDER } from './xds-type.ts';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const UNIMPLEMENTED = '12';
/** Types that the bootstrap makes every Envoy ask for, however long its start takes. */
const ALWAYS_ASKED: readonly string[] = [CLUSTER, LISTENER];

/** What Envoy's stream tells whoever drives the server. */
export interface AdsListener {
  /** Envoy asked, acknowledged, connected or went: progress may have changed. */
  progressed(): void;
  /** Envoy refused a response of `type` that held `names`; `text` is its own. */
  rejected(type: string, text: string, names: readonly string[]): void;
}

type Stream = { readonly stream: http2.ServerHttp2Stream; readonly subscriptions: Map<string, Subscription> };

/**
 * Delta ADS for one Envoy over a unix socket: gRPC by hand on `node:http2`. Answers nothing before the first
 * {@link serve}, so an Envoy without a configuration waits instead of becoming ready empty.
 */
export class AdsServer {
  readonly #server = http2.createServer();
  readonly #log: Log;
  #listener: AdsListener = { progressed: () => {}, rejected: () => {} };
  #current: Stream | undefined;
  #stage: Stage | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.#server.on('stream', (stream, headers) => this.#accept(stream, headers[':path']));
    this.#server.on('sessionError', (error) => log.warn('adsSessionFailed', { error: error.message }));
  }

  /** Listens on `path`, taking it over from an agent that died. */
  async listen(path: string, listener: AdsListener): Promise<void> {
    this.#listener = listener;
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  /** Whether Envoy has a stream open. */
  get connected(): boolean {
    return this.#current !== undefined;
  }

  /** Serves a stage from now on and pushes what Envoy lacks of it, in dependency order. */
  serve(stage: Stage): void {
    this.#stage = stage;
    const types = [...(this.#current?.subscriptions.keys() ?? [])];
    const rank = (type: string) => (SEND_ORDER as readonly string[]).indexOf(type);
    for (const type of types.sort((a, b) => rank(a) - rank(b))) this.#push(type);
  }

  /** How far Envoy is with the stage; `waiting` while it has no stream. `types` are those that are not there yet. */
  progress(stage: Stage): { progress: Progress; types: string[] } {
    const types = new Set([...stage.awaits.keys(), ...(this.#current?.subscriptions.keys() ?? [])]);
    const states = [...types].map((type) => [type, this.#progressOf(type, stage)] as const);
    const having = (progress: Progress) => states.filter(([, state]) => state === progress).map(([type]) => type);
    const waiting = having('waiting');
    const unclaimed = having('unclaimed');
    if (this.#current === undefined || waiting.length > 0) return { progress: 'waiting', types: waiting };
    return { progress: unclaimed.length > 0 ? 'unclaimed' : 'settled', types: unclaimed };
  }

  close(): void {
    this.#current?.stream.close();
    this.#server.close();
  }

  #progressOf(type: string, stage: Stage): Progress {
    const awaits = stage.awaits.get(type) ?? new Map();
    const subscription = this.#current?.subscriptions.get(type);
    if (subscription === undefined && awaits.size === 0) return 'settled';
    if (subscription === undefined) return ALWAYS_ASKED.includes(type) ? 'waiting' : 'unclaimed';
    return subscription.progress(awaits, stage.serve.get(type) ?? new Map(), stage.prune);
  }

  #accept(stream: http2.ServerHttp2Stream, path: string | undefined): void {
    stream.on('error', (error) => this.#log.warn('adsStreamFailed', { error: error.message }));
    const headers = { ':status': 200, 'content-type': 'application/grpc' };
    if (path !== METHOD) {
      stream.respond({ ...headers, 'grpc-status': UNIMPLEMENTED }, { endStream: true });
      return;
    }
    stream.respond(headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    const current = { stream, subscriptions: new Map<string, Subscription>() };
    this.#current = current;
    this.#log.info('envoyConnected');
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => this.#read(current, reader, chunk));
    stream.on('close', () => this.#closed(current));
  }

  #read(current: Stream, reader: FrameReader, chunk: Buffer): void {
    try {
      for (const message of reader.push(chunk)) this.#request(current, message);
    } catch (error) {
      this.#log.error('adsStreamMalformed', { error: errorText(error) });
      current.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  #request(current: Stream, message: Buffer): void {
    if (this.#current !== current) return;
    const request = decodeDeltaRequest(message);
    const subscription = current.subscriptions.get(request.type) ?? new Subscription(request.type);
    current.subscriptions.set(request.type, subscription);
    const answer = subscription.request(request);
    if (answer?.accepted === false) {
      this.#listener.rejected(request.type, answer.text, answer.names);
      return;
    }
    this.#push(request.type);
    this.#listener.progressed();
  }

  #closed(current: Stream): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    this.#log.warn('envoyDisconnected');
    this.#listener.progressed();
  }

  #push(type: string): void {
    const stage = this.#stage;
    const current = this.#current;
    if (stage === undefined || current === undefined || current.stream.destroyed) return;
    const response = current.subscriptions.get(type)?.respond(stage.serve.get(type) ?? new Map(), stage.prune);
    if (response !== undefined) current.stream.write(frame(encodeDeltaResponse(response)));
  }
}
