import type { Clock, Rollouts } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import type { Rollout, Wait, WaitName } from '#rollouts/rollout.ts';
import type { RequiredSidecar, RolloutPhase } from '#rollouts/types.ts';

/** A wait the state machine enters. */
export interface AwaitInput {
  readonly rolloutId: string;
  readonly wait: WaitName;
  /** Task token of the state. */
  readonly token: string;
  /** The state's own timeout. */
  readonly seconds: number;
}

/** What registering a wait needs. */
export interface AwaitPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'registerWait'>;
  readonly wake: (id: string) => Promise<void>;
  readonly now: Clock;
}

/** Registers the one wait of a rollout, then settles it: facts that came before it count as much as later ones. */
export const awaitSignal =
  ({ rollouts, wake, now }: AwaitPorts) =>
  async ({ rolloutId, wait: name, token, seconds }: AwaitInput): Promise<void> => {
    const since = now();
    const rollout = await rollouts.get(rolloutId);
    if (rollout === undefined) return;
    const required = forAcks.has(name) ? { required: rollout.required ?? [] } : {};
    const wait: Wait = { name, token, since, seconds, ...required };
    await rollouts.registerWait(rolloutId, wait, phases[name], watched(rollout, wait.required ?? []));
    await wake(rolloutId);
  };

const forAcks: ReadonlySet<WaitName> = new Set(['acks', 'lastAcks', 'promoteAcks', 'zeroAcks', 'heal']);

const phases: Readonly<Record<WaitName, RolloutPhase>> = {
  green: 'waitingForGreen',
  baseline: 'gatheringBaseline',
  acks: 'awaitingAcks',
  lastAcks: 'awaitingAcks',
  observe: 'observing',
  paused: 'paused',
  bake: 'baking',
  promoteAcks: 'promoting',
  zeroAcks: 'rollingBack',
  heal: 'awaitingAcks',
};

function watched({ node }: Rollout, required: readonly RequiredSidecar[]) {
  const proxies = [node, ...required.map(({ proxy }) => proxy)];
  return [...new Map(proxies.map((proxy) => [proxyName(proxy), proxy])).values()];
}
