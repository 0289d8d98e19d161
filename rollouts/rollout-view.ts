import type { Rollout } from './rollout.ts';

/** A rollout as events and the API show it: no token, no fence, no facts. Times are epoch milliseconds. */
export function rolloutView(rollout: Rollout) {
  const { id, service, node, deployment, taskDefinition, status, phase, weight, reason, startedAt } = rollout;
  const { endedAt, policy, steps, zeroAckedAt, stragglers, holds, actor } = rollout;
  return {
    id,
    service,
    mesh: node.mesh,
    virtualNode: node.name,
    deployment,
    taskDefinition,
    status,
    phase,
    weight,
    reason,
    startedAt,
    policy,
    steps,
    stragglers,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(zeroAckedAt === undefined ? {} : { zeroAckedAt }),
    ...(holds === undefined ? {} : { holds }),
    ...(actor === undefined ? {} : { actor }),
  };
}
