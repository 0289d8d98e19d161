import mqtt, { type MqttClient } from 'mqtt';
import { fullJitter, spread } from './backoff.ts';
import type { CredentialSource } from './credentials.ts';
import { errorText, type Log } from './log.ts';
import { presignUrl } from './sigv4.ts';

/** `refused`: connected and able to report, but the broker does not let this task subscribe to its own news. */
export type PushState = 'up' | 'refused' | 'down';

/** Where the broker is, who asks, and what is told. */
export interface PushOptions {
  /** Host of the account's IoT data endpoint: what is signed and sent as Host. */
  readonly host: string;
  /** URL to connect to instead (local mode), `http(s)://…`. */
  readonly endpoint?: string;
  readonly region: string;
  readonly clientId: string;
  /** Subscribed to before `changed('up')` is told. */
  readonly topics: readonly string[];
  readonly credentials: CredentialSource;
  readonly log: Log;
  readonly news: (payload: string) => void;
  readonly changed: (state: PushState) => void;
}

const KEEP_ALIVE_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;
/** A session this long was a good one: the next back-off starts anew. */
const STABLE_MS = 30_000;
/** AWS IoT cuts every WebSocket at 24 h; leaving at 18–23 h spreads the reconnects of tasks that started together. */
const SESSION_LIFE_MS = 20.5 * 3_600_000;
const SESSION_LIFE_SPREAD = 2.5 / 20.5;
/** SUBACK's code for a refused filter, which the mqtt package reports as granted: it is read from the packet. */
const SUBACK_REFUSED = 128;

/** MQTT 3.1.1 over a SigV4-presigned WebSocket, signed afresh for each connection, reconnecting with full jitter. */
export class PushChannel {
  readonly #options: PushOptions;
  #client: MqttClient | undefined;
  #state: PushState = 'down';
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(options: PushOptions) {
    this.#options = options;
  }

  get state(): PushState {
    return this.#state;
  }

  /** Keeps one session up until {@link stop}. */
  async run(): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt++) {
      const began = Date.now();
      try {
        await this.#session();
      } catch (error) {
        this.#options.log.warn('pushDown', { error: errorText(error), attempt });
      }
      this.#set('down');
      if (Date.now() - began > STABLE_MS) attempt = 0;
      if (!this.#stopped) await this.#pause(fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS));
    }
  }

  /** Publishes at QoS 1; resolves with the broker's PUBACK, rejects when there is no session or it ends before. */
  async publish(topic: string, payload: string): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#state === 'down') throw new Error('no session with the broker');
    await client.publishAsync(topic, payload, { qos: 1 });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#client?.endAsync(true);
  }

  async #session(): Promise<void> {
    const client = await this.#connect();
    this.#client = client;
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    const life = setTimeout(() => client.end(), spread(SESSION_LIFE_MS, SESSION_LIFE_SPREAD));
    try {
      const refused = await this.#subscribe(client, closed);
      if (refused.length > 0)
        this.#options.log.error('subscriptionRefused', { topics: refused, next: 'task role policy' });
      this.#set(refused.length > 0 ? 'refused' : 'up');
      await closed;
    } finally {
      clearTimeout(life);
      client.end(true);
      this.#client = undefined;
    }
  }

  async #connect(): Promise<MqttClient> {
    const { host, endpoint, region, credentials, clientId } = this.#options;
    const scope = { service: 'iotdevicegateway', region };
    const signed = new URL(presignUrl(new URL(`https://${host}/mqtt`), scope, await credentials(), new Date()));
    const target = new URL(endpoint ?? signed.origin);
    const secure = target.protocol === 'https:' || target.protocol === 'wss:';
    const url = `${secure ? 'wss' : 'ws'}://${target.host}/mqtt${signed.search}`;
    const client = mqtt.connect({
      protocol: secure ? 'wss' : 'ws',
      host: target.hostname,
      clientId,
      transformWsUrl: () => url,
      wsOptions: { headers: { Host: host }, perMessageDeflate: false },
      protocolVersion: 4,
      clean: true,
      keepalive: KEEP_ALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      timerVariant: 'native',
      // The package would keep a buffer for each of 65,536 numbers: 9 MiB of every task.
      writeCache: false,
    });
    client.on('message', (_topic, payload) => this.#options.news(payload.toString()));
    return connected(client);
  }

  /** The topics that the broker refused. Some brokers close instead of refusing: that is refusal, too, of them all. */
  async #subscribe(client: MqttClient, closed: Promise<void>): Promise<readonly string[]> {
    const { topics } = this.#options;
    const granted = new Promise<readonly (number | object)[]>((resolve) => {
      client.on('packetreceive', (packet) => {
        if (packet.cmd === 'suback') resolve(packet.granted);
      });
    });
    client.subscribe([...topics], { qos: 1 }, () => {});
    const answer = await Promise.race([granted, closed]);
    if (answer === undefined)
      throw new Error(`the broker closed on SUBSCRIBE ${topics.join(', ')}: may the task role?`);
    return topics.filter((_, i) => answer[i] === SUBACK_REFUSED);
  }

  #set(state: PushState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.changed(state);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** `client` once the broker has accepted it. The URL in an error text holds a signature: only the message is kept. */
function connected(client: MqttClient): Promise<MqttClient> {
  let failure: Error | undefined;
  client.on('error', (error) => {
    failure = error;
  });
  return new Promise((resolve, reject) => {
    client.once('connect', () => resolve(client));
    client.once('close', () => reject(failure ?? new Error('the broker closed before CONNACK')));
  });
}
