import { historyOf } from '#rollouts/history.ts';
import type { MeshName, Turns } from '#rollouts/policy-ports.ts';
import type { Rollouts } from '#rollouts/ports.ts';
import type { Fact, Facts, Rollout } from '#rollouts/rollout.ts';
import { usedUp } from '#rollouts/settle.ts';
import type { RolloutPhase } from '#rollouts/types.ts';

/** The rollouts of a world: what `aws/rollout-store.ts` does by conditional writes, done at once. */
export class WorldStore implements Rollouts {
  readonly all = new Map<string, Rollout>();
  /** Phases of all rollouts as they came. */
  readonly phases: RolloutPhase[] = [];

  /** @throws when there is none. */
  one(id: string): Rollout {
    const found = this.all.get(id);
    if (found === undefined) throw new Error(`no rollout ${id}`);
    return found;
  }

  async create(rollout: Rollout): Promise<boolean> {
    if (this.all.has(rollout.id)) return false;
    this.all.set(rollout.id, rollout);
    return true;
  }

  async createUnlisted(rollout: Rollout): Promise<void> {
    await this.create(rollout);
  }

  async get(id: string): Promise<Rollout | undefined> {
    return structuredClone(this.all.get(id));
  }

  async list(): ReturnType<Rollouts['list']> {
    return { rollouts: [...this.all.values()] };
  }

  change: Rollouts['change'] = async (id, change, entry) => {
    const { history } = this.one(id);
    this.#patch(id, { ...change, ...(entry && { history: [...history, entry] }) });
  };

  async record(id: string, fact: Fact): Promise<void> {
    const { facts, history } = this.one(id);
    const known = facts[fact.kind === 'resume' ? 'pause' : fact.kind];
    if (fact.kind === 'resume' ? known === undefined : known !== undefined && saysTheSame(known, fact)) return;
    const { pause, ...others } = facts;
    const next = fact.kind === 'resume' ? others : { ...facts, [fact.kind]: fact };
    this.#patch(id, { facts: next, history: fact.kind === 'hook' ? history : [...history, historyOf(fact)] });
  }

  registerWait: Rollouts['registerWait'] = async (id, wait, phase) => {
    this.phases.push(phase);
    this.#patch(id, { wait, phase });
  };

  settleWait: Rollouts['settleWait'] = async (id, token, outcome, change) => {
    const { wait, facts } = this.one(id);
    if (wait?.token !== token) return false;
    const used = new Set<string>(usedUp(outcome.kind));
    const left = Object.fromEntries(Object.entries(facts).filter(([kind]) => !used.has(kind))) as Facts;
    this.#patch(id, { ...change, wait: { ...wait, outcome }, facts: left });
    return true;
  };

  async clearWait(id: string, token: string): Promise<void> {
    const { wait, ...rest } = this.one(id);
    if (wait?.token === token) this.all.set(id, rest);
  }

  forget: Rollouts['forget'] = async (id, { kind, at }) => {
    const { [kind]: known, ...others } = this.one(id).facts;
    if (known?.at === at) this.#patch(id, { facts: others });
  };

  finish: Rollouts['finish'] = async (id, ending) => {
    const { wait, ...rest } = this.one(id);
    if (rest.status !== 'running') return false;
    const entry = { at: ending.endedAt, what: ending.status, note: ending.reason };
    this.all.set(id, { ...rest, ...ending, history: [...rest.history, entry], phase: 'finished' });
    return true;
  };

  #patch(id: string, change: Partial<Rollout>): void {
    this.all.set(id, { ...this.one(id), ...change });
  }
}

/** Of what binds to a step, a gate or a weight, another one is another fact. */
function saysTheSame(known: Fact, fact: Fact): boolean {
  const bound = (one: Fact) => [
    'step' in one ? one.step : '',
    'gate' in one ? one.gate : '',
    'weight' in one ? one.weight : '',
  ];
  return JSON.stringify(bound(known)) === JSON.stringify(bound(fact));
}

/** The turns of a world, as `aws/turn-store.ts` keeps them. */
export class WorldTurns implements Turns {
  readonly held = new Map<string, Set<string>>();
  #store: WorldStore;

  constructor(store: WorldStore) {
    this.#store = store;
  }

  async take(mesh: MeshName, rollout: string, most: number): Promise<boolean> {
    if (!(await this.isFree(mesh, rollout, most))) return false;
    this.#of(mesh).add(rollout);
    return true;
  }

  async isFree(mesh: MeshName, rollout: string, most: number): Promise<boolean> {
    const held = this.#of(mesh);
    for (const id of held) if (this.#store.all.get(id)?.status !== 'running') held.delete(id);
    return held.has(rollout) || held.size < most;
  }

  async giveBack(mesh: MeshName, rollout: string): Promise<void> {
    this.#of(mesh).delete(rollout);
  }

  #of({ mesh }: MeshName): Set<string> {
    const held = this.held.get(mesh) ?? new Set();
    this.held.set(mesh, held);
    return held;
  }
}
