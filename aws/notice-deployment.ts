import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, MeshPush } from '#rollouts/ports.ts';
import { type Fact, rolloutId } from '#rollouts/rollout.ts';
import type { ReadTaskDefinition } from './proxy-of-task.ts';
import type { DeploymentName, Services } from './services.ts';
import type { SplitStore } from './split-store.ts';
import type { RolloutRequest } from './start-rollout.ts';

/** What noticing a deployment touches. */
export interface NoticePorts {
  readonly services: Pick<Services, 'started'>;
  readonly taskDefinition: ReadTaskDefinition;
  readonly splits: Pick<SplitStore, 'addStable'>;
  readonly push: Pick<MeshPush, 'push' | 'clientsOf'>;
  readonly startRollout: (request: RolloutRequest) => Promise<unknown>;
  readonly recordFact: (rollout: string, fact: Fact) => Promise<void>;
  readonly wake: (rollout: string) => Promise<void>;
  readonly now: Clock;
}

/**
 * Brings what Weir knows of a deployment in line with what ECS says of it now, however often and by whatever event it was
 * noticed: a meshed service's deployment has a rollout that knows of a waiting hook; one by which ECS goes back is part of
 * the stable variant. A service outside the mesh is left alone: its pause is somebody else's gate.
 */
export const noticeDeployment =
  (ports: NoticePorts) =>
  async (name: DeploymentName): Promise<void> => {
    const started = await ports.services.started(name);
    const meshed = started && (await ports.taskDefinition(started.taskDefinition));
    if (started === undefined || meshed === undefined) return;
    if (started.isRollback) return joinStable(ports, meshed.proxy, name.deployment);
    const id = rolloutId(name.deployment);
    if (started.hook !== undefined) await ports.recordFact(id, { kind: 'hook', ...started.hook, at: ports.now() });
    await ports.startRollout({ ...name, node: meshed.proxy, taskDefinition: started.taskDefinition });
    if (started.hook !== undefined) await ports.wake(id);
  };

async function joinStable({ splits, push }: NoticePorts, node: ProxyId, deployment: string): Promise<void> {
  if (node.kind !== 'vn') return;
  if (await splits.addStable(node, deployment)) await push.push(await push.clientsOf(node));
}
