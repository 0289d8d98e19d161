import { PROTOCOL } from '#mesh/wire/names.ts';
import type { ProxyReport } from '#mesh/wire/report.ts';
import { errorText, type Log } from './log.ts';
import { AGENT_VERSION } from './version.ts';

/** Sends a report upwards; rejects while there is no way. */
export type Publish = (report: ProxyReport) => Promise<void>;

/**
 * The one current report of this sidecar. Every change is published; while there is no session only the newest state is kept
 * and goes out on the next connect, since an older one would be ignored anyway.
 */
export class Reporter {
  readonly #publish: Publish;
  readonly #log: Log;
  readonly #now: () => number;
  #state: Omit<ProxyReport, 'v' | 'protocol' | 'agent' | 'at'> = {
    envoy: 'unknown',
    rev: 0,
    hash: '',
    ready: false,
    appliedAt: 0,
  };
  #at = 0;
  #held: NodeJS.Timeout | undefined;

  constructor(publish: Publish, log: Log, now: () => number = Date.now) {
    this.#publish = publish;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Says nothing until the sidecar is known to be ready, `ms` at most. For an Envoy that a former agent left behind: it serves
   * on, and a report of what this agent does not know yet would take the task out of its callers' traffic.
   */
  hold(ms: number): void {
    this.#held = setTimeout(() => {
      this.#held = undefined;
      void this.send();
    }, ms).unref();
  }

  /** Envoy has acknowledged a revision in whole; an earlier refusal is settled by it. */
  applied(rev: number, hash: string): Promise<void> {
    const { rejected: _, ...state } = this.#state;
    this.#state = { ...state, rev, hash, appliedAt: this.#now() };
    return this.send();
  }

  /** Envoy has refused a revision. The same refusal of the same revision is reported once. */
  async rejected(rev: number, type: string, text: string): Promise<void> {
    const { rejected } = this.#state;
    if (rejected?.rev === rev && rejected.type === type && rejected.text === text) return;
    this.#state = { ...this.#state, rejected: { rev, type, text } };
    await this.send();
  }

  /** What keeps this sidecar from doing all it is told, from now on. */
  async problems(problems: readonly string[]): Promise<void> {
    const { problems: _, ...state } = this.#state;
    this.#state = problems.length > 0 ? { ...state, problems } : state;
    await this.send();
  }

  async ready(ready: boolean): Promise<void> {
    if (this.#state.ready === ready) return;
    this.#state = { ...this.#state, ready };
    await this.send();
  }

  /** Envoy's version, for people: goes out with the next report. */
  envoy(version: string): void {
    this.#state = { ...this.#state, envoy: version };
  }

  /** Publishes the current state (again). Never rejects. */
  async send(): Promise<void> {
    if (this.#held !== undefined && !this.#state.ready) return;
    clearTimeout(this.#held);
    this.#held = undefined;
    this.#at = Math.max(this.#now(), this.#at + 1);
    const protocol = [PROTOCOL.min, PROTOCOL.max] as const;
    const report: ProxyReport = { v: 1, protocol, agent: AGENT_VERSION, ...this.#state, at: this.#at };
    this.#log.info('report', { rev: report.rev, ready: report.ready, rejected: report.rejected });
    try {
      await this.#publish(report);
    } catch (error) {
      this.#log.warn('reportUnsent', { error: errorText(error) });
    }
  }
}
