import { randomBytes } from 'node:crypto';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, Executions, Rollouts } from '#rollouts/ports.ts';
import type { RouteMove } from '#rollouts/rollout.ts';
import type { Policy } from '#rollouts/types.ts';
import { newRollout } from './start-rollout.ts';

/** Routes that somebody wants moved to a virtual node. */
export interface MoveRequest {
  readonly node: ProxyId;
  readonly move: RouteMove;
  readonly policy: Policy;
  /** ARN of who asked. */
  readonly actor: string;
  /** Path of the virtual router's ARN: what is locked meanwhile. */
  readonly router: string;
}

/** What starting a move needs. */
export interface StartMovePorts {
  readonly rollouts: Pick<Rollouts, 'create'>;
  readonly executions: Pick<Executions, 'startCanary'>;
  readonly now: Clock;
}

/**
 * Starts a rollout that moves routes. Nothing of ECS's names it, so its id is random; alarms are not watched after its
 * promotion, since there is no deployment that could be taken back: move the routes the other way.
 */
export const moveStarter =
  ({ rollouts, executions, now }: StartMovePorts) =>
  async ({ node, move, policy, actor, router }: MoveRequest): Promise<{ readonly id: string }> => {
    const id = `route-${randomBytes(6).toString('hex')}`;
    const request = { serviceArn: router, clusterArn: '', deployment: `routes/${id}`, node, taskDefinition: '', actor };
    const unwatched = { ...policy, watchSeconds: 0 };
    await rollouts.create(newRollout(id, request, unwatched, now(), { kind: 'route', actor, move }));
    await executions.startCanary(id);
    return { id };
  };
