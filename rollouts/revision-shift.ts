import type { Split } from '#mesh/model/split.ts';
import { joinedSplit, promotedSplit, rolledBackSplit, shiftedSplit, withoutCanary } from './canary-split.ts';
import { isHandedOver } from './plan.ts';
import { FenceLostError, type MeshPush, type Sidecars, type Splits, type TrafficShift } from './ports.ts';
import type { Rollout } from './rollout.ts';
import { spread } from './spread.ts';

/** What a shift between the revisions of one virtual node writes through. */
export interface RevisionShiftPorts {
  readonly splits: Splits;
  readonly sidecars: Sidecars;
  readonly push: MeshPush;
}

/** Traffic between the ECS deployments that serve one virtual node: the split above its declared spec. */
export function revisionShift(ports: RevisionShiftPorts): TrafficShift {
  const { splits, sidecars } = ports;
  const put = (rollout: Rollout, split: Split) =>
    spread(ports, rollout.node, splits.put(rollout.node, split, rollout.fence));
  return {
    async begin(rollout, stable) {
      const split = isHandedOver(rollout) ? { stable } : shiftedSplit({ ...rollout, stable }, 0);
      await put(rollout, split);
    },
    give: (rollout, percent, mode) => put(rollout, shiftedSplit(rollout, percent, mode)),
    promote: (rollout) => put(rollout, isReplacing(rollout) ? joinedSplit(rollout) : promotedSplit(rollout)),
    restore: (rollout) =>
      spread(
        ports,
        rollout.node,
        splits.change(rollout.node, rollout.fence, (stored) => rolledBackSplit(rollout, stored)),
      ),
    end: (rollout) => removeCanary(ports, rollout),
    async naturalShare({ node, deployment, stable }) {
      const serving = (await sidecars.of(node)).filter(({ wanted, ready }) => wanted && ready);
      const canary = serving.filter((task) => task.deployment === deployment).length;
      const all = canary + serving.filter((task) => stable.includes(task.deployment)).length;
      return all === 0 ? 0 : Math.round((10_000 * canary) / all) / 100;
    },
  };
}

/** ECS itself replaces the tasks meanwhile: the new ones must not get all before they are as many. */
function isReplacing({ holds, policy, kind }: Rollout): boolean {
  return holds === 'guardedRolling' && (policy.dryRun || isHandedOver({ kind, policy }));
}

/** Not while the canary alone serves: a rolling service's stable tasks may still be on their way back. */
async function removeCanary(
  { splits, sidecars, push }: RevisionShiftPorts,
  { id, node, fence }: Rollout,
): Promise<void> {
  const tasks = await sidecars.of(node);
  const serving = new Set(tasks.filter(({ ready, wanted }) => ready && wanted).map(({ deployment }) => deployment));
  const removed = splits.change(node, fence, (stored) => {
    const without = stored && withoutCanary(stored, id);
    return without?.stable.some((deployment) => serving.has(deployment)) ? without : undefined;
  });
  if (!(await removed.catch(falseIfFenceLost))) return;
  await push.push(await push.clientsOf(node));
}

function falseIfFenceLost(error: unknown): false {
  if (error instanceof FenceLostError) return false;
  throw error;
}
