import { type SecretIssuer, SecretUnavailable } from './acm.ts';
import type { SecretSource } from './ads-server.ts';
import { fullJitter, spread } from './backoff.ts';
import { errorText, type Log } from './log.ts';
import type { Resource } from './resources.ts';
import { secretResource } from './secret-message.ts';
import { parseSecretName, type SecretOrder } from './secret-order.ts';

/** Keeps a service's tasks apart. */
const RENEW_SPREAD = 0.3;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 5 * 60_000;

/** What the supply tells. */
export interface SecretSupplyListener {
  /** There is something new in `held`. */
  changed(): void;
  /** All that keeps secrets from being served, one sentence each; told whenever it changes. */
  problems(texts: readonly string[]): void;
}

interface Standing {
  readonly order: SecretOrder | undefined;
  failures: number;
  problem: string | undefined;
  refusedVersion: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Fetches the secrets that Envoy asks for by name and renews them for as long as it does. A secret that cannot be had is
 * asked for again with full jitter and is named once; everything else goes on, as does a certificate that was served before.
 */
export class SecretSupply implements SecretSource {
  readonly held = new Map<string, Resource>();
  readonly #standing = new Map<string, Standing>();
  readonly #issuer: SecretIssuer;
  readonly #listener: SecretSupplyListener;
  readonly #renewMs: number;
  readonly #log: Log;

  constructor(issuer: SecretIssuer, renewMs: number, listener: SecretSupplyListener, log: Log) {
    this.#renewMs = renewMs;
    this.#issuer = issuer;
    this.#listener = listener;
    this.#log = log;
  }

  wanted(names: ReadonlySet<string>): void {
    for (const name of [...this.#standing.keys()].filter((known) => !names.has(known))) this.#drop(name);
    for (const name of names) if (!this.#standing.has(name)) this.#take(name);
  }

  refused(names: readonly string[], text: string): void {
    for (const name of names) {
      const standing = this.#standing.get(name);
      if (standing === undefined) continue;
      standing.refusedVersion = this.held.get(name)?.version;
      this.held.delete(name);
      this.#tell(standing, `Envoy refused the secret ${name}: ${text}`);
    }
  }

  stop(): void {
    for (const { timer } of this.#standing.values()) clearTimeout(timer);
    this.#standing.clear();
  }

  #take(name: string): void {
    const order = parseSecretName(name);
    const standing = { order, failures: 0, problem: undefined, refusedVersion: undefined, timer: undefined };
    this.#standing.set(name, standing);
    if (order === undefined) this.#tell(standing, `the secret ${name} is of no kind that this agent can fill`);
    else void this.#fetch(name, order, standing);
  }

  #drop(name: string): void {
    const standing = this.#standing.get(name);
    clearTimeout(standing?.timer);
    this.#standing.delete(name);
    this.held.delete(name);
    if (standing?.problem !== undefined) this.#publish();
  }

  async #fetch(name: string, order: SecretOrder, standing: Standing): Promise<void> {
    const wait = await this.#issuer(order).then(
      (material) => this.#served(name, standing, secretResource(name, material)),
      (error) => this.#missed(standing, error),
    );
    if (this.#standing.get(name) !== standing) return;
    standing.timer = setTimeout(() => void this.#fetch(name, order, standing), wait);
  }

  #served(name: string, standing: Standing, resource: Resource): number {
    standing.failures = 0;
    if (this.#standing.get(name) !== standing) return this.#renewMs;
    const known = this.held.get(name)?.version === resource.version || standing.refusedVersion === resource.version;
    if (standing.refusedVersion !== resource.version) this.#tell(standing, undefined);
    if (!known) {
      this.held.set(name, resource);
      this.#log.info('secretHeld', { secret: name, version: resource.version });
      this.#listener.changed();
    }
    return spread(this.#renewMs, RENEW_SPREAD);
  }

  #missed(standing: Standing, error: unknown): number {
    this.#tell(standing, error instanceof SecretUnavailable ? error.message : errorText(error));
    return fullJitter(standing.failures++, RETRY_BASE_MS, RETRY_CAP_MS);
  }

  #tell(standing: Standing, problem: string | undefined): void {
    if (standing.problem === problem) return;
    standing.problem = problem;
    if (problem !== undefined) this.#log.error('secretUnavailable', { problem });
    this.#publish();
  }

  #publish(): void {
    const problems = [...this.#standing.values()].flatMap(({ problem }) => problem ?? []);
    this.#listener.problems(problems.sort());
  }
}
