import type { Rollout } from './rollout.ts';

/**
 * A rollout as events and the API show it: no token, no fence, no facts, and no receivers of notifications, since a chat's URL is
 * a secret. Times are epoch milliseconds; `turnedBackAt` is when the first reason to go back was known, `turnedBackBy` what it was.
 */
export function rolloutView(rollout: Rollout) {
  const { id, kind, service, node, deployment, taskDefinition, status, phase, weight, reason, startedAt } = rollout;
  const { endedAt, steps, zeroAckedAt, stragglers, holds, actor, halts, retryOf, move } = rollout;
  const { notifications, ...policy } = rollout.policy;
  const first = turnedBack(rollout.facts);
  return {
    id,
    kind,
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
    halts,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(first === undefined ? {} : { turnedBackAt: first.at, turnedBackBy: first.kind }),
    ...(zeroAckedAt === undefined ? {} : { zeroAckedAt }),
    ...(holds === undefined ? {} : { holds }),
    ...(actor === undefined ? {} : { actor }),
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(move === undefined ? {} : { move }),
  };
}

function turnedBack({ verdict, alarm, ended, rollback }: Rollout['facts']) {
  const reasons = [verdict, alarm, ended, rollback].flatMap((fact) => fact ?? []);
  return reasons.sort((a, b) => a.at - b.at)[0];
}
