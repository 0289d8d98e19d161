import net from 'node:net';
import type { EnvoyAdmin, ServerInfo } from './envoy-admin.ts';

/** What readiness depends on besides Envoy. */
export interface ReadinessOptions {
  readonly admin: Pick<EnvoyAdmin, 'serverInfo'>;
  /** Addresses of which the app listens on one at least: with an IPv6 preference Envoy dials `::1`. */
  readonly appAddresses: readonly string[];
  /** The app's ports by the applied snapshot; `undefined` while Envoy has not applied one. */
  readonly appPorts: () => readonly number[] | undefined;
  /** Told after every look, also when nothing changed. */
  readonly looked: (ready: boolean, info: ServerInfo | undefined) => void;
}

const EAGER_MS = 200;
const RELAXED_MS = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** Looks in a row that must fail before a ready task is called unready: one slow accept is no outage. */
const TOLERATED = 2;

/** Watches whether this task can take traffic: Envoy is live with a revision and every app port accepts connections. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  #failed = 0;
  #stopped = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#look();
  }

  /** Looks at once instead of at the next tick: something it depends on changed. */
  soon(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    const info = await this.#options.admin.serverInfo().catch(() => undefined);
    const now = info?.state === 'LIVE' && (await this.#appAccepts());
    if (this.#stopped) return;
    this.#failed = now ? 0 : this.#failed + 1;
    this.#ready = now || (this.#ready && this.#failed < TOLERATED);
    this.#options.looked(this.#ready, info);
    this.#timer = setTimeout(() => void this.#look(), this.#ready && now ? RELAXED_MS : EAGER_MS);
  }

  async #appAccepts(): Promise<boolean> {
    const ports = this.#options.appPorts();
    if (ports === undefined) return false;
    const accepting = await Promise.all(ports.map((port) => this.#accepts(port)));
    return accepting.every(Boolean);
  }

  async #accepts(port: number): Promise<boolean> {
    const answers = await Promise.all(this.#options.appAddresses.map((address) => accepts(address, port)));
    return answers.some(Boolean);
  }
}

/** Whether something accepts TCP connections there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}
