import { revisionShift } from '#rollouts/revision-shift.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { admitRollout } from '../../functions/admit-rollout/admit-rollout.ts';
import { type AwaitInput, awaitSignal } from '../../functions/await-signal/await-signal.ts';
import { type FinishInput, finishRollout } from '../../functions/finish-rollout/finish-rollout.ts';
import { type HealInput, healProxies } from '../../functions/heal-proxies/heal-proxies.ts';
import { type ReleaseInput, releaseDeployment } from '../../functions/release-deployment/release-deployment.ts';
import { type ShiftInput, shiftWeight } from '../../functions/shift-weight/shift-weight.ts';
import type { RolloutWorld } from './rollout-world.ts';

/** The functions behind the state machines, over a world, by the substitution that stands for their ARN. */
export function taskFunctions(world: RolloutWorld): Record<string, (payload: unknown) => Promise<unknown>> {
  const { store: rollouts, mesh, turns, lock, alarms, wake } = world;
  const { sidecars, push, stored: splits } = mesh;
  const deployments = world.ecsWorld.port;
  const traffic = revisionShift({ splits, sidecars, push });
  const now = () => world.now;
  const announcer = {
    announce: async (what: (typeof world.announced)[number]['what'], { id }: Rollout) =>
      void world.announced.push({ what, id }),
  };
  const shared = { rollouts, sidecars, turns, lock, alarms, traffic, announcer, wake, now };
  const admit = admitRollout({ ...shared, splits, deployments });
  const wait = awaitSignal(shared);
  const shift = shiftWeight({ ...shared, evidence: world.evidence });
  const release = releaseDeployment({ rollouts, deployments, waysBack: { mark: async () => {} } });
  const finish = finishRollout({ ...shared, wakeNext: (ended) => wakeNext(world, ended) });
  const heal = healProxies({
    rollouts,
    sidecars,
    push,
    deployments,
    executions: { startHeal: world.startHeal },
    clusterOf: async () => 'arn:aws:ecs:us-east-1:111122223333:cluster/shop',
    now,
  });
  return {
    AdmitRolloutArn: (input) => admit(input as { rolloutId: string }),
    AwaitSignalArn: (input) => wait(input as AwaitInput),
    ShiftWeightArn: (input) => shift(input as ShiftInput),
    ReleaseDeploymentArn: (input) => release(input as ReleaseInput),
    FinishRolloutArn: (input) => finish(input as FinishInput),
    HealProxiesArn: (input) => heal(input as HealInput),
  };
}

async function wakeNext(world: RolloutWorld, { node }: Rollout): Promise<void> {
  const waiting = [...world.rollouts.values()]
    .filter((one) => one.node.mesh === node.mesh && one.wait?.name === 'turn')
    .sort((a, b) => a.startedAt - b.startedAt);
  for (const { id } of waiting) await world.wake(id);
}
