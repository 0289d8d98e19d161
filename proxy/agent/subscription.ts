import type { DeltaRequest, DeltaResource, DeltaResponse } from './delta-discovery.ts';
import { WITHDRAWN_LAST } from './plan.ts';
import type { Resource } from './resources.ts';
import { SECRET, shortType, VIRTUAL_HOST } from './xds-type.ts';

type Named = ReadonlyMap<string, Resource>;

/** name → version as it was sent; `undefined` for a removal. */
export type Versions = ReadonlyMap<string, string | undefined>;

/** What one request of Envoy meant for the response it answers; `undefined` when it answers none. */
export type Answer =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly text: string; readonly refused: Versions }
  | undefined;

/** `unclaimed`: Envoy has all it asked for, but never asked for some of what is awaited. */
export type Progress = 'settled' | 'unclaimed' | 'waiting';

/**
 * One resource type on one delta-xDS stream: what Envoy asked for and which versions it has acknowledged. Holds no
 * connection and no clock. At most one response is under way, so that a refusal names exactly what it refuses.
 */
export class Subscription {
  readonly #type: string;
  readonly #names = new Set<string>();
  /** name → version that Envoy has acknowledged; `undefined` after a refusal, which Envoy may have applied in part. */
  readonly #held = new Map<string, string | undefined>();
  /** Names under way whose acknowledgement will mean nothing, as Envoy had nowhere to put them. */
  readonly #lost = new Set<string>();
  /** Names asked for one by one that Envoy was told do not exist. */
  readonly #absent = new Set<string>();
  #wildcard = false;
  #fresh = true;
  #count = 0;
  #underWay: { nonce: string; versions: Map<string, string | undefined> } | undefined;

  constructor(type: string) {
    this.#type = type;
  }

  /** Takes in a request. A first one without names asks for everything of the type (VHDS too). */
  request(request: DeltaRequest): Answer {
    const first = this.#fresh && this.#names.size === 0 && !this.#wildcard;
    if (first && request.subscribe.length === 0) this.#wildcard = true;
    for (const name of request.subscribe) this.#subscribe(name);
    for (const name of request.unsubscribe) this.#unsubscribe(name);
    for (const [name, version] of request.held) this.#held.set(name, version);
    if (request.held.size > 0) this.#fresh = false;
    return this.#answer(request);
  }

  /** Takes it that Envoy holds nothing with such a name, whatever it acknowledged. */
  forget(isLost: (name: string) => boolean): void {
    for (const name of this.#held.keys()) if (isLost(name)) this.#held.delete(name);
    for (const name of this.#underWay?.versions.keys() ?? []) if (isLost(name)) this.#lost.add(name);
  }

  /** The response that brings Envoy closer to `served`, or `undefined` when there is none to send now. */
  respond(served: Named, prune: boolean): DeltaResponse | undefined {
    if (this.#underWay !== undefined) return undefined;
    const changed = [...this.#wanted(served)].filter(([name, { version }]) => this.#held.get(name) !== version);
    if (this.#type === SECRET) return this.#oneSecret(changed);
    const surplus = this.#surplus(served, prune);
    const absent = [...this.#names].filter((name) => !served.has(name) && !this.#absent.has(name));
    const missing = absent.filter((name) => !this.#held.has(name));
    if (!this.#fresh && changed.length + surplus.length + missing.length === 0) return undefined;
    this.#fresh = false;
    for (const name of missing) this.#absent.add(name);
    const resources = changed.map(([name, resource]) => ({ name, ...resource }));
    return this.#send(resources, surplus, missing);
  }

  /**
   * How far Envoy is from holding `awaits` at their versions, and nothing that should have been taken from it. What is under
   * way counts as not there yet: Envoy is about to change it, if only back to what it had.
   */
  progress(awaits: Named, served: Named, prune: boolean): Progress {
    const coming = this.#underWay?.versions ?? new Map<string, string | undefined>();
    const surplus = this.#removable(prune) && [...coming.keys()].some((name) => !served.has(name));
    if (surplus || this.#surplus(served, prune).length > 0) return 'waiting';
    const asked = [...awaits].filter(([name]) => this.#asks(name));
    if (asked.some(([name, { version }]) => coming.has(name) || this.#held.get(name) !== version)) return 'waiting';
    return asked.length < awaits.size ? 'unclaimed' : 'settled';
  }

  #subscribe(name: string): void {
    if (name === '*') this.#wildcard = true;
    else this.#names.add(name);
    this.#held.delete(name);
    this.#absent.delete(name);
  }

  #unsubscribe(name: string): void {
    if (name === '*') this.#wildcard = false;
    this.#names.delete(name);
    this.#held.delete(name);
    this.#absent.delete(name);
  }

  #answer({ nonce, error }: DeltaRequest): Answer {
    const sent = this.#underWay;
    if (nonce === '' || sent === undefined || nonce !== sent.nonce) return undefined;
    this.#underWay = undefined;
    if (error !== undefined) {
      this.#lost.clear();
      for (const name of sent.versions.keys()) this.#held.set(name, undefined);
      return { accepted: false, text: error, refused: sent.versions };
    }
    for (const [name, version] of sent.versions) {
      if (version === undefined || this.#lost.has(name)) this.#held.delete(name);
      else if (this.#asks(name)) this.#held.set(name, version);
    }
    this.#lost.clear();
    return { accepted: true };
  }

  /**
   * Secrets come when whoever issues them answers: until then Envoy is told nothing, as it would take "there is none" for an
   * answer and stop waiting. One at a time, so that a refusal is of that one.
   */
  #oneSecret([first]: readonly (readonly [string, Resource])[]): DeltaResponse | undefined {
    if (first === undefined) return undefined;
    const [name, resource] = first;
    return this.#send([{ name, ...resource }], [], []);
  }

  /** Names Envoy asks for one by one. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  #send(resources: DeltaResource[], surplus: readonly string[], missing: readonly string[]): DeltaResponse {
    const nonce = `${shortType(this.#type)}:${++this.#count}`;
    const versions = new Map<string, string | undefined>(surplus.map((name) => [name, undefined]));
    for (const { name, version } of resources) versions.set(name, version);
    this.#underWay = { nonce, versions };
    // An on-demand virtual host that does not exist is told as a resource without a body: only that lets its requests go on.
    const bodiless = this.#type === VIRTUAL_HOST ? missing.map((name) => ({ name, version: '' })) : [];
    const removed = this.#type === VIRTUAL_HOST ? surplus : [...surplus, ...missing];
    return { type: this.#type, nonce, resources: [...resources, ...bodiless], removed };
  }

  #asks(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  *#wanted(served: Named): Generator<readonly [string, Resource]> {
    for (const entry of served) if (this.#asks(entry[0])) yield entry;
  }

  #surplus(served: Named, prune: boolean): string[] {
    return this.#removable(prune) ? [...this.#held.keys()].filter((name) => !served.has(name)) : [];
  }

  /** Whether resources may be taken from Envoy: only of types it has in whole; of others it takes leave by unsubscribing. */
  #removable(prune: boolean): boolean {
    const withdrawn: readonly string[] = WITHDRAWN_LAST;
    return this.#wildcard && (prune || !withdrawn.includes(this.#type));
  }
}
