import type { News, Snapshot } from '#mesh/wire/snapshot.ts';
import { fullJitter, spread } from './backoff.ts';
import type { ControlPlane } from './control-plane.ts';
import { decide, isSupported, replaces } from './decide.ts';
import { errorText, type Log } from './log.ts';

/** What follows from the control plane's state and news. */
export interface FollowerListener {
  /** A newer snapshot is held; it is for the caller to bring Envoy to it. */
  held(snapshot: Snapshot): void;
  /** The control plane asks for a fresh report. */
  resend(): void;
}

const FAST_POLL_MS = 2_000;
const SLOW_POLL_MS = 60_000;
const SLOW_POLL_SPREAD = 0.5;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;

/**
 * Keeps the newest snapshot of a proxy: by news while the push channel is up, by the revision item every 2 s while it is
 * not, and every 60 s ± 50 % in any case, so that nothing lost stays lost.
 */
export class Follower {
  readonly #plane: Pick<ControlPlane, 'snapshot' | 'revision'>;
  readonly #proxy: string;
  readonly #listener: FollowerListener;
  readonly #log: Log;
  #held: Snapshot | undefined;
  #reading = false;
  #again = false;
  #failures = 0;
  #pushUp = false;
  #polledRev: number | undefined;
  #poll: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    plane: Pick<ControlPlane, 'snapshot' | 'revision'>,
    proxy: string,
    start: Snapshot | undefined,
    listener: FollowerListener,
    log: Log,
  ) {
    this.#plane = plane;
    this.#proxy = proxy;
    this.#held = start;
    this.#listener = listener;
    this.#log = log;
  }

  /** Tells whether news arrive. Coming up means some may have been missed: the snapshot is read. */
  pushChanged(up: boolean): void {
    this.#pushUp = up;
    if (up) this.refresh();
    this.#schedule();
  }

  /** Takes one message from the news topics. */
  news(payload: string): void {
    const news = parseNews(payload);
    const decision = news === undefined ? undefined : decide(this.#held, news);
    if (decision === undefined) this.#log.warn('newsMalformed', { payload: payload.slice(0, 200) });
    else if (decision.kind === 'apply') this.#hold(decision.snapshot);
    else if (decision.kind === 'fetch') this.refresh();
    else if (decision.kind === 'report') this.#listener.resend();
    else if (decision.kind === 'unsupported') this.#log.error('protocolUnsupported', { v: decision.v });
  }

  /** Reads the snapshot now; at most one read is under way, and one more follows when asked for meanwhile. */
  refresh(): void {
    if (this.#stopped) return;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    clearTimeout(this.#retry);
    void this.#read().finally(() => {
      this.#reading = false;
      const again = this.#again;
      this.#again = false;
      if (again) this.refresh();
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#poll);
    clearTimeout(this.#retry);
  }

  async #read(): Promise<void> {
    const before = this.#held?.rev ?? 0;
    try {
      const snapshot = await this.#plane.snapshot(this.#proxy);
      this.#failures = 0;
      if (snapshot === undefined) return this.#log.warn('snapshotAbsent', { proxy: this.#proxy });
      if (!isSupported(snapshot.v)) return this.#log.error('protocolUnsupported', { v: snapshot.v });
      if (replaces(snapshot, this.#held, before)) this.#hold(snapshot);
    } catch (error) {
      this.#log.warn('snapshotUnread', { error: errorText(error), attempt: this.#failures });
      if (this.#stopped) return;
      this.#retry = setTimeout(() => this.refresh(), fullJitter(this.#failures++, RETRY_BASE_MS, RETRY_CAP_MS));
    }
  }

  #hold(snapshot: Snapshot): void {
    this.#held = snapshot;
    this.#log.info('snapshotHeld', { rev: snapshot.rev });
    this.#listener.held(snapshot);
  }

  #schedule(): void {
    clearTimeout(this.#poll);
    if (this.#stopped) return;
    const wait = this.#pushUp ? spread(SLOW_POLL_MS, SLOW_POLL_SPREAD) : FAST_POLL_MS;
    this.#poll = setTimeout(() => void this.#pollOnce(), wait);
  }

  async #pollOnce(): Promise<void> {
    try {
      const rev = await this.#plane.revision(this.#proxy);
      const known = rev === undefined || rev === this.#held?.rev || rev === this.#polledRev;
      this.#polledRev = rev;
      if (!known) this.refresh();
    } catch (error) {
      this.#log.warn('revisionUnread', { error: errorText(error) });
    }
    this.#schedule();
  }
}

function parseNews(payload: string): News | undefined {
  try {
    const news = JSON.parse(payload) as News;
    return typeof news === 'object' && news !== null && typeof news.rev === 'number' ? news : undefined;
  } catch {
    return undefined;
  }
}
