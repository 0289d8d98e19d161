import {
  type Announcer,
  FenceLostError,
  type MeshPush,
  type Rollouts,
  type Sidecars,
  type Splits,
} from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';

/** What taking a promotion back needs, beside ECS, which is told by the function that holds deployments. */
export interface TakeBackPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'change'>;
  readonly splits: Pick<Splits, 'change'>;
  readonly sidecars: Sidecars;
  readonly push: Pick<MeshPush, 'clientsOf' | 'push'>;
  readonly announcer: Announcer;
}

/** `shift`: give the traffic to the old tasks, where ECS has left any. `tell`: write it down and announce it. */
export interface TakeBackInput {
  readonly rolloutId: string;
  readonly action: 'shift' | 'tell';
  /** One sentence: what fired. */
  readonly reason: string;
}

export interface TakenBack {
  /** `gone`: no old task is left to take the traffic. `superseded`: a newer rollout has the node. */
  readonly kind: 'shifted' | 'gone' | 'superseded' | 'told';
  readonly reason: string;
}

/** Takes back what was promoted and turned out to be bad. Repeating it finds the work done. */
export const takeBack =
  (ports: TakeBackPorts) =>
  async ({ rolloutId, action, reason }: TakeBackInput): Promise<TakenBack> => {
    const rollout = await ports.rollouts.get(rolloutId);
    if (rollout?.status !== 'promoted')
      return { kind: 'superseded', reason: `Rollout ${rolloutId} is no promoted one.` };
    return action === 'shift' ? shift(ports, rollout) : tell(ports, rollout, reason);
  };

/** At once and for all: nothing is judged any more, so the bad tasks need no part in the split. */
async function shift({ splits, sidecars, push }: TakeBackPorts, rollout: Rollout): Promise<TakenBack> {
  const { node, deployment, fence } = rollout;
  const before = rollout.stable.filter((one) => one !== deployment);
  const ready = (await sidecars.of(node)).filter((task) => task.ready && task.wanted);
  const serving = before.filter((one) => ready.some((task) => task.deployment === one));
  if (serving.length === 0) return { kind: 'gone', reason: 'ECS has stopped the tasks of the revision before.' };
  const changed = splits.change(node, fence, (stored) => {
    const isOurs = stored?.canary === undefined && stored?.stable.includes(deployment);
    return isOurs ? { stable: serving } : undefined;
  });
  if ((await changed.catch(lost)) === 'lost')
    return { kind: 'superseded', reason: `A newer rollout has taken ${node.name}.` };
  await push.push(await push.clientsOf(node));
  return { kind: 'shifted', reason: `All traffic goes to ${serving.join(', ')} again.` };
}

async function tell({ rollouts, announcer }: TakeBackPorts, rollout: Rollout, why: string): Promise<TakenBack> {
  const reason = `Taken back after its promotion: ${why}`;
  await rollouts.change(rollout.id, { reason });
  await announcer.announce('Rollout Regressed', { ...rollout, reason });
  return { kind: 'told', reason };
}

function lost(error: unknown): 'lost' {
  if (error instanceof FenceLostError) return 'lost';
  throw error;
}
