import type { DeltaRequest, DeltaResponse } from './delta-discovery.ts';
import type { Stage } from './plan.ts';
import { type Answer, type Progress, Subscription } from './subscription.ts';
import { CLUSTER, ENDPOINTS, LISTENER, ROUTES, SEND_ORDER, VIRTUAL_HOST } from './xds-type.ts';

/** Types that the bootstrap makes every Envoy ask for, however long its start takes. */
const ALWAYS_ASKED: readonly string[] = [CLUSTER, LISTENER];

/** What is due with a type, once Envoy has spoken of that. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = { [CLUSTER]: [ENDPOINTS], [ROUTES]: [VIRTUAL_HOST] };

/** All of Envoy's subscriptions on one ADS stream: what to send for a stage, and how far Envoy is with it. No I/O. */
export class AdsSession {
  readonly #subscriptions = new Map<string, Subscription>();
  /** Route configurations Envoy has begun to ask for and not acknowledged yet. */
  readonly #newRoutes = new Set<string>();

  /** Takes in a request and tells what it answered. */
  request(request: DeltaRequest): Answer {
    const subscription = this.#subscriptions.get(request.type) ?? new Subscription(request.type);
    this.#subscriptions.set(request.type, subscription);
    const answer = subscription.request(request);
    if (request.type === ROUTES) this.#routesAsked(request, answer);
    return answer;
  }

  /**
   * Envoy asks for virtual hosts once, for all of its route configurations, and drops those of one it does not have yet:
   * whatever it acknowledged before it took a new one in must be sent to it again, or that one waits for its time-out empty.
   */
  #routesAsked({ subscribe, unsubscribe, held }: DeltaRequest, answer: Answer): void {
    for (const name of subscribe) if (!held.has(name)) this.#newRoutes.add(name);
    for (const name of unsubscribe) this.#newRoutes.delete(name);
    if (answer?.accepted !== true) return;
    for (const route of this.#newRoutes)
      this.#subscriptions.get(VIRTUAL_HOST)?.forget((name) => name.startsWith(`${route}/`));
    this.#newRoutes.clear();
  }

  /** What is due once Envoy has spoken of `type`: of that type, and of what goes with it. */
  responsesAfter(type: string, stage: Stage): DeltaResponse[] {
    return [type, ...(COMPANIONS[type] ?? [])].flatMap((due) => this.#respond(due, stage) ?? []);
  }

  /** What is due of one type, if anything. */
  #respond(type: string, { serve, prune }: Stage): DeltaResponse | undefined {
    const response = this.#subscriptions.get(type)?.respond(serve.get(type) ?? new Map(), prune);
    if (type === CLUSTER && response !== undefined) this.#endpointsOf(response);
    return response;
  }

  /**
   * A cluster that changes is built anew, waits for its endpoints and does not ask again for those it had: they must be sent
   * with it, or it is acknowledged, and serves, only after the time-out of that wait.
   */
  #endpointsOf({ resources }: DeltaResponse): void {
    const clusters = new Set(resources.map(({ name }) => name));
    this.#subscriptions.get(ENDPOINTS)?.forget((name) => clusters.has(name));
  }

  /** What is due of all types, in dependency order. */
  responses(stage: Stage): DeltaResponse[] {
    const rank = (type: string) => (SEND_ORDER as readonly string[]).indexOf(type);
    const types = [...this.#subscriptions.keys()].sort((a, b) => rank(a) - rank(b));
    return types.flatMap((type) => this.#respond(type, stage) ?? []);
  }

  /** Names of a type that Envoy asks for one by one. */
  names(type: string): ReadonlySet<string> {
    return this.#subscriptions.get(type)?.names ?? new Set();
  }

  /** How far Envoy is with the stage; `types` are those that are not there yet. */
  progress(stage: Stage): { progress: Progress; types: string[] } {
    const types = new Set([...stage.awaits.keys(), ...this.#subscriptions.keys()]);
    const states = [...types].map((type) => [type, this.#progressOf(type, stage)] as const);
    const having = (progress: Progress) => states.filter(([, state]) => state === progress).map(([type]) => type);
    const waiting = having('waiting');
    if (waiting.length > 0) return { progress: 'waiting', types: waiting };
    const unclaimed = having('unclaimed');
    return { progress: unclaimed.length > 0 ? 'unclaimed' : 'settled', types: unclaimed };
  }

  #progressOf(type: string, { serve, prune, awaits }: Stage): Progress {
    const awaited = awaits.get(type) ?? new Map();
    const subscription = this.#subscriptions.get(type);
    if (subscription !== undefined) return subscription.progress(awaited, serve.get(type) ?? new Map(), prune);
    if (awaited.size === 0) return 'settled';
    return ALWAYS_ASKED.includes(type) ? 'waiting' : 'unclaimed';
  }
}
