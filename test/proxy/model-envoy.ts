import { AdsSession } from '../../proxy/agent/ads-session.ts';
import type { DeltaRequest, DeltaResource, DeltaResponse } from '../../proxy/agent/delta-discovery.ts';
import type { Log } from '../../proxy/agent/log.ts';
import type { Stage } from '../../proxy/agent/plan.ts';
import { Sequencer, type Target } from '../../proxy/agent/sequencer.ts';
import { CLUSTER, ENDPOINTS, LISTENER, VIRTUAL_HOST } from '../../proxy/agent/xds-type.ts';

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
type Held = Map<string, string>;

/**
 * Envoy's part of delta ADS as measured on 1.40: a cluster, new or changed, warms until its endpoints come (which it asks for
 * only when it is new), and only then is CDS acknowledged; a refusal applies what is good of a response, a virtual host whose cluster is unknown is refused.
 * Answers wait in a queue until {@link step}, so that a test decides what happens in between. A cluster whose version
 * contains `bad` is refused; a virtual host's body is the name of its cluster.
 */
export class ModelEnvoy {
  readonly held: Record<string, Held> = {};
  readonly applied: Target[] = [];
  readonly rejected: Target[] = [];
  /** Clusters told to have no endpoints: they are warm, too (or by their fetch timeout). */
  readonly #bare = new Set<string>();
  readonly #routes = new Map<string, string>();
  #session = new AdsSession();
  #stage: Stage | undefined;
  #queue: DeltaResponse[] = [];
  #warming: DeltaResponse | undefined;
  #sequencer: Sequencer;

  constructor() {
    for (const type of [CLUSTER, ENDPOINTS, LISTENER, VIRTUAL_HOST]) this.held[type] = new Map();
    this.#sequencer = this.#newSequencer();
    this.#connect();
  }

  apply(target: Target): void {
    this.#sequencer.apply(target);
  }

  /** Processes one queued response; `false` when there is none. */
  step(): boolean {
    const response = this.#queue.shift();
    if (response === undefined) return false;
    if (response.type === CLUSTER) this.#clusters(response);
    else if (response.type === VIRTUAL_HOST) this.#virtualHosts(response);
    else this.#plain(response);
    return true;
  }

  /** The agent dies and a new one starts from its disk: the last target applied. Envoy keeps what it has. */
  restartAgent(): void {
    this.#sequencer.stop();
    this.#queue = [];
    this.#warming = undefined;
    this.#stage = undefined;
    this.#session = new AdsSession();
    this.#sequencer = this.#newSequencer();
    const lastGood = this.applied.at(-1);
    if (lastGood !== undefined) this.#sequencer.apply(lastGood);
    this.#connect();
  }

  /** Virtual hosts that route to a cluster which is not there: requests that would fail. */
  broken(): string[] {
    const routes = [...this.#routes].filter(([name]) => this.#of(VIRTUAL_HOST).has(name));
    return routes.filter(([, cluster]) => !this.#of(CLUSTER).has(cluster)).map(([name]) => name);
  }

  stop(): void {
    this.#sequencer.stop();
  }

  #newSequencer(): Sequencer {
    const ads = {
      connected: true,
      serve: (stage: Stage) => {
        this.#stage = stage;
        this.#queue.push(...this.#session.responses(stage));
      },
      progress: (stage: Stage) => this.#session.progress(stage),
    };
    const listener = {
      applied: (target: Target) => void this.applied.push(target),
      rejected: (target: Target) => void this.rejected.push(target),
    };
    return new Sequencer(ads, listener, silent);
  }

  #connect(): void {
    for (const type of [CLUSTER, LISTENER, VIRTUAL_HOST]) this.#request({ type, held: this.#of(type) });
    const names = [...this.#of(CLUSTER).keys()];
    if (names.length > 0) this.#request({ type: ENDPOINTS, subscribe: names, held: this.#of(ENDPOINTS) });
  }

  #request(request: Partial<DeltaRequest> & { type: string }): void {
    const answer = this.#session.request({ subscribe: [], unsubscribe: [], held: new Map(), nonce: '', ...request });
    if (answer?.accepted === false) {
      this.#sequencer.rejected(request.type, answer.text, answer.refused);
      return;
    }
    if (this.#stage !== undefined) this.#queue.push(...this.#session.responsesAfter(request.type, this.#stage));
    this.#sequencer.progressed();
  }

  #clusters(response: DeltaResponse): void {
    const { resources, removed, type, nonce } = response;
    this.#remove(response);
    const good = resources.filter(({ version }) => !version.includes('bad'));
    const fresh = good.map(({ name }) => name).filter((name) => !this.#of(CLUSTER).has(name));
    for (const { name } of good) this.#of(ENDPOINTS).delete(name);
    this.#hold(CLUSTER, good);
    if (removed.length > 0) this.#request({ type: ENDPOINTS, unsubscribe: removed });
    for (const name of removed) this.#of(ENDPOINTS).delete(name);
    this.#warming = good.length === resources.length ? response : undefined;
    if (this.#warming === undefined) this.#request({ type, nonce, error: 'bad cluster' });
    if (fresh.length > 0) this.#request({ type: ENDPOINTS, subscribe: fresh });
    this.#warmed();
  }

  /** Acknowledges CDS once every cluster has its endpoints. */
  #warmed(): void {
    const response = this.#warming;
    const isWarm = (name: string) => this.#of(ENDPOINTS).has(name) || this.#bare.has(name);
    if (response === undefined || ![...this.#of(CLUSTER).keys()].every(isWarm)) return;
    this.#warming = undefined;
    this.#request({ type: CLUSTER, nonce: response.nonce });
  }

  #virtualHosts(response: DeltaResponse): void {
    const { resources, type, nonce } = response;
    this.#remove(response);
    const known = resources.filter(({ body }) => this.#of(CLUSTER).has(`${body}`));
    this.#hold(type, known);
    for (const { name, body } of known) this.#routes.set(name, `${body}`);
    this.#request({ type, nonce, ...(known.length < resources.length && { error: 'unknown cluster' }) });
  }

  #plain(response: DeltaResponse): void {
    this.#remove(response);
    // Endpoints of a cluster that went meanwhile have nobody to listen to them.
    const isHeard = ({ name }: DeltaResource) => response.type !== ENDPOINTS || this.#of(CLUSTER).has(name);
    this.#hold(response.type, response.resources.filter(isHeard));
    if (response.type === ENDPOINTS) for (const name of response.removed) this.#bare.add(name);
    this.#request({ type: response.type, nonce: response.nonce });
    this.#warmed();
  }

  #hold(type: string, resources: readonly DeltaResource[]): void {
    for (const { name, version } of resources) this.#of(type).set(name, version);
  }

  #remove({ type, removed }: DeltaResponse): void {
    for (const name of removed) this.#of(type).delete(name);
  }

  #of(type: string): Held {
    return this.held[type] ?? new Map();
  }
}
