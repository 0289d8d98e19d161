import type { HealthCheck } from '@aws-sdk/client-ecs';
import type { HealthStatus } from './state.ts';

/** A container health check with its defaults filled; times in milliseconds. */
export type HealthCheckPlan = {
  command: string;
  args: string[];
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
};

/** The health of one container: its status and the checks failed in a row that count. */
export type Health = { status: HealthStatus; failures: number };

/** A container that was never checked. */
export const UNCHECKED: Health = { status: 'UNKNOWN', failures: 0 };

/**
 * Between checks of a container that was never healthy. ECS waits a whole interval; asking sooner only makes a local
 * start quicker, since a failure in between does not count.
 */
const EAGER_INTERVAL_MS = 200;

/** Fills ECS's defaults (API_HealthCheck: interval 30 s, timeout 5 s, 3 retries, no start period). */
export function healthCheckPlan(check: HealthCheck): HealthCheckPlan {
  const [kind, ...rest] = check.command ?? [];
  const [command = '/bin/sh', ...args] = kind === 'CMD' ? rest : ['/bin/sh', '-c', rest.join(' ')];
  return {
    command,
    args,
    intervalMs: (check.interval ?? 30) * 1000,
    timeoutMs: (check.timeout ?? 5) * 1000,
    retries: check.retries ?? 3,
    startPeriodMs: (check.startPeriod ?? 0) * 1000,
  };
}

/**
 * Health after a check `sinceStartMs` into the container's life. Failures within the start period do not count until a
 * check has succeeded, and one success makes a container healthy.
 */
export function afterCheck(
  health: Health,
  check: { passed: boolean; counted: boolean; sinceStartMs: number },
  plan: HealthCheckPlan,
): Health {
  if (check.passed) return { status: 'HEALTHY', failures: 0 };
  const excused = !check.counted || (health.status === 'UNKNOWN' && check.sinceStartMs < plan.startPeriodMs);
  if (excused) return health;
  const failures = health.failures + 1;
  return { status: failures >= plan.retries ? 'UNHEALTHY' : health.status, failures };
}

/** Delay to the next check, and whether a failure of it will count: only one per interval does. */
export function nextCheck(
  health: Health,
  sinceCountedMs: number,
  plan: HealthCheckPlan,
): { delayMs: number; counted: boolean } {
  const remaining = Math.max(0, plan.intervalMs - sinceCountedMs);
  if (health.status !== 'UNKNOWN' || remaining <= EAGER_INTERVAL_MS) return { delayMs: remaining, counted: true };
  return { delayMs: EAGER_INTERVAL_MS, counted: false };
}
