import { describe, expect, test } from 'vitest';
import { afterCheck, type Health, healthCheckPlan, nextCheck, UNCHECKED } from '../../../local/ecs/health.ts';

const plan = healthCheckPlan({ command: ['CMD', 'curl', '-f', 'http://localhost'], retries: 2, startPeriod: 10 });
const failedAt = (sinceStartMs: number, counted = true) => ({ passed: false, counted, sinceStartMs });

describe('a container health check', () => {
  test("has ECS's defaults", () => {
    expect(healthCheckPlan({ command: ['CMD-SHELL', 'test -f up', '|| exit 1'] })).toEqual({
      command: '/bin/sh',
      args: ['-c', 'test -f up || exit 1'],
      intervalMs: 30_000,
      timeoutMs: 5_000,
      retries: 3,
      startPeriodMs: 0,
    });
  });

  test('runs CMD without a shell', () => {
    expect(plan).toMatchObject({ command: 'curl', args: ['-f', 'http://localhost'] });
  });

  test('makes a container unhealthy only after as many failures in a row as there are retries', () => {
    const once = afterCheck({ status: 'HEALTHY', failures: 0 }, failedAt(60_000), plan);
    expect(once).toEqual({ status: 'HEALTHY', failures: 1 });
    expect(afterCheck(once, failedAt(90_000), plan).status).toBe('UNHEALTHY');
    const passed = { passed: true, counted: true, sinceStartMs: 90_000 };
    expect(afterCheck(once, passed, plan)).toEqual({ status: 'HEALTHY', failures: 0 });
  });

  test('excuses failures in the start period until one check has passed', () => {
    expect(afterCheck(UNCHECKED, failedAt(9_999), plan)).toEqual(UNCHECKED);
    expect(afterCheck(UNCHECKED, failedAt(10_000), plan).failures).toBe(1);
    const healthy: Health = { status: 'HEALTHY', failures: 0 };
    expect(afterCheck(healthy, failedAt(1_000), plan).failures).toBe(1);
  });

  test('probes a starting container eagerly, but counts one failure an interval', () => {
    expect(nextCheck(UNCHECKED, 0, plan)).toEqual({ delayMs: 200, counted: false });
    expect(nextCheck(UNCHECKED, 29_900, plan)).toEqual({ delayMs: 100, counted: true });
    expect(nextCheck({ status: 'HEALTHY', failures: 0 }, 0, plan)).toEqual({ delayMs: 30_000, counted: true });
    expect(afterCheck(UNCHECKED, failedAt(60_000, false), plan)).toEqual(UNCHECKED);
  });
});
