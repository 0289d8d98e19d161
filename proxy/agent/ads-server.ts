import { rmSync } from 'node:fs';
import http2 from 'node:http2';
import { AdsSession } from './ads-session.ts';
import { type DeltaResponse, decodeDeltaRequest, encodeDeltaResponse } from './delta-discovery.ts';
import { FrameReader, frame } from './grpc-frames.ts';
import { errorText, type Log } from './log.ts';
import type { Stage } from './plan.ts';
import type { Resource } from './resources.ts';
import type { Progress, Versions } from './subscription.ts';
import { SECRET } from './xds-type.ts';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const UNIMPLEMENTED = '12';

/** What Envoy's stream tells whoever drives the server. */
export interface AdsListener {
  /** Envoy asked, acknowledged, connected or went: progress may have changed. */
  progressed(): void;
  /** Envoy refused a response of `type` that held `refused`; `text` is its own. */
  rejected(type: string, text: string, refused: Versions): void;
}

/** Secrets that no snapshot holds, by the names Envoy asks for. */
export interface SecretSource {
  readonly held: ReadonlyMap<string, Resource>;
  /** Everything Envoy asks for now. */
  wanted(names: ReadonlySet<string>): void;
  /** Envoy keeps what it had instead of what it was sent; `text` is its own. */
  refused(names: readonly string[], text: string): void;
}

const NO_SECRETS: SecretSource = { held: new Map(), wanted: () => {}, refused: () => {} };

type Connection = { readonly stream: http2.ServerHttp2Stream; readonly session: AdsSession };

/**
 * Delta ADS for one Envoy over a unix socket: gRPC by hand on `node:http2`. Answers nothing before the first
 * {@link serve}, so an Envoy without a configuration waits instead of becoming ready empty.
 */
export class AdsServer {
  readonly #server = http2.createServer();
  readonly #log: Log;
  #listener: AdsListener = { progressed: () => {}, rejected: () => {} };
  #secrets: SecretSource = NO_SECRETS;
  #current: Connection | undefined;
  #stage: Stage | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.#server.on('stream', (stream, headers) => this.#accept(stream, headers[':path']));
    this.#server.on('sessionError', (error) => log.warn('adsSessionFailed', { error: error.message }));
  }

  /** Listens on `path`, taking it over from an agent that died. */
  async listen(path: string, listener: AdsListener, secrets: SecretSource = NO_SECRETS): Promise<void> {
    this.#listener = listener;
    this.#secrets = secrets;
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

  /** Sends what the secret source holds and Envoy does not have yet. */
  offerSecrets(): void {
    const current = this.#current;
    if (current === undefined || this.#stage === undefined) return;
    this.#sendAll(current, current.session.responsesAfter(SECRET, this.#withSecrets(this.#stage)));
  }

  /** Serves a stage from now on and pushes what Envoy lacks of it, in dependency order. */
  serve(stage: Stage): void {
    this.#stage = stage;
    const current = this.#current;
    if (current === undefined) return;
    this.#sendAll(current, current.session.responses(this.#withSecrets(stage)));
  }

  /** How far Envoy is with the stage; `waiting` while it has no stream. `types` are those that are not there yet. */
  progress(stage: Stage): { progress: Progress; types: string[] } {
    return this.#current?.session.progress(stage) ?? { progress: 'waiting', types: [] };
  }

  close(): void {
    this.#current?.stream.close();
    this.#server.close();
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
    const current = { stream, session: new AdsSession() };
    this.#current = current;
    this.#log.info('envoyConnected');
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => this.#read(current, reader, chunk));
    stream.on('close', () => this.#closed(current));
  }

  #read(current: Connection, reader: FrameReader, chunk: Buffer): void {
    try {
      for (const message of reader.push(chunk)) this.#request(current, message);
    } catch (error) {
      this.#log.error('adsStreamMalformed', { error: errorText(error) });
      current.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  #request(current: Connection, message: Buffer): void {
    if (this.#current !== current) return;
    const request = decodeDeltaRequest(message);
    const answer = current.session.request(request);
    if (request.type === SECRET) this.#secrets.wanted(current.session.names(SECRET));
    if (answer?.accepted === false) {
      const { text, refused } = answer;
      if (request.type === SECRET) this.#secrets.refused([...refused.keys()], text);
      else this.#listener.rejected(request.type, text, refused);
      return;
    }
    if (this.#stage !== undefined)
      this.#sendAll(current, current.session.responsesAfter(request.type, this.#withSecrets(this.#stage)));
    this.#listener.progressed();
  }

  #closed(current: Connection): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    this.#log.warn('envoyDisconnected');
    this.#listener.progressed();
  }

  /** Secrets are in no snapshot, so no stage waits for one: a listener without its certificate holds up nothing else. */
  #withSecrets(stage: Stage): Stage {
    return { ...stage, serve: new Map([...stage.serve, [SECRET, this.#secrets.held]]) };
  }

  #sendAll({ stream }: Connection, responses: readonly DeltaResponse[]): void {
    for (const response of responses) if (!stream.destroyed) stream.write(frame(encodeDeltaResponse(response)));
  }
}
