import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import type { Rollout } from '#rollouts/rollout.ts';

/** A virtual node of mesh `shop`. */
export const node = (name = 'orders'): ProxyId => ({ owner: '111122223333', mesh: 'shop', kind: 'vn', name });

/** A rollout that has just been admitted, with what a test wants otherwise. */
export function rollout(more: Partial<Rollout> = {}): Rollout {
  return {
    id: 'dep-2',
    kind: 'release',
    service: 'arn:aws:ecs:us-east-1:111122223333:service/shop/orders',
    cluster: 'arn:aws:ecs:us-east-1:111122223333:cluster/shop',
    node: node(),
    deployment: 'ecs-svc/2',
    taskDefinition: 'arn:aws:ecs:us-east-1:111122223333:task-definition/orders:2',
    policy: defaultPolicy,
    status: 'running',
    phase: 'admitted',
    weight: 0,
    reason: 'The deployment has started.',
    startedAt: 1_000_000,
    steps: [],
    stable: ['ecs-svc/1'],
    fence: 1,
    holds: 'pauseHook',
    stepBase: { requests: 0, failures: 0 },
    halts: [],
    history: [],
    facts: {},
    stragglers: [],
    ...more,
  };
}
