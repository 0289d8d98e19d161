import type { Announcement, Announcer, Clock, Rollouts } from '#rollouts/ports.ts';
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
  readonly announcer: Announcer;
  readonly wake: (id: string) => Promise<void>;
  readonly now: Clock;
}

/** Registers the one wait of a rollout, then settles it: facts that came before it count as much as later ones. */
export const awaitSignal =
  ({ rollouts, announcer, wake, now }: AwaitPorts) =>
  async ({ rolloutId, wait: name, token, seconds }: AwaitInput): Promise<void> => {
    const since = now();
    const rollout = await rollouts.get(rolloutId);
    if (rollout === undefined) return;
    const required = forAcks.has(name) ? { required: rollout.required ?? [] } : {};
    const wait: Wait = { name, token, since, seconds, ...required };
    await rollouts.registerWait(rolloutId, wait, phases[name], watched(rollout, wait.required ?? []));
    const news = announcementOf(rollout, name);
    if (news !== undefined) await announcer.announce(news, { ...rollout, phase: phases[name] });
    await wake(rolloutId);
  };

/** What a person may want to hear of, once it is so. */
function announcementOf({ phase }: Rollout, name: WaitName): Announcement | undefined {
  if (name === 'gate') return 'Rollout Approval Needed';
  if (name === 'paused') return 'Rollout Paused';
  return phase === 'paused' && (name === 'observe' || name === 'bake') ? 'Rollout Resumed' : undefined;
}

const forAcks: ReadonlySet<WaitName> = new Set(['acks', 'lastAcks', 'promoteAcks', 'zeroAcks', 'heal']);

const phases: Readonly<Record<WaitName, RolloutPhase>> = {
  green: 'waitingForGreen',
  baseline: 'gatheringBaseline',
  acks: 'awaitingAcks',
  lastAcks: 'awaitingAcks',
  observe: 'observing',
  alarms: 'awaitingAlarms',
  window: 'awaitingWindow',
  turn: 'awaitingTurn',
  gate: 'awaitingApproval',
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
