import { describe, expect, test } from 'vitest';
import { found, foundBy, median, rollouts } from '../support/canary-simulation.ts';

/** Ten requests a second of which a tenth goes to the canary: what the goals are set for. */
const quiet = { rps: 10, weight: 0.1, stable: 0.005 };

describe('false rollbacks, at most 1 % of', () => {
  test('healthy canaries, where fixed thresholds roll nearly every one back', () => {
    const endings = rollouts(200, { ...quiet, canary: 0.005 });

    expect(found(endings)).toBeLessThanOrEqual(2);
    expect(foundBy('everyTenSeconds', endings)).toBeGreaterThan(150);
    expect(foundBy('everyMinute', endings)).toBeGreaterThan(60);
  });

  test('healthy canaries seen by four sidecars', () => {
    expect(found(rollouts(100, { ...quiet, canary: 0.005, rps: 40, sidecars: 4, seconds: 300 }))).toBeLessThanOrEqual(
      1,
    );
  });

  test('healthy canaries of a service that fails a fifth of its requests anyway', () => {
    expect(found(rollouts(200, { ...quiet, stable: 0.2, canary: 0.2, seconds: 600 }))).toBeLessThanOrEqual(2);
  });

  test('healthy canaries while both variants fail together for a minute, which no fixed threshold survives', () => {
    const endings = rollouts(200, { ...quiet, canary: 0.005, hasOutage: true, seconds: 300 });

    expect(found(endings)).toBeLessThanOrEqual(2);
    expect(foundBy('everyTenSeconds', endings)).toBeGreaterThan(180);
  });

  test('healthy canaries whose failures come in bursts of 5 or 20', () => {
    const bursty = { rps: 100, weight: 0.1, stable: 0.005, canary: 0.005, baselineSeconds: 300, seconds: 600 };

    expect(found(rollouts(100, { ...bursty, burst: 5 }))).toBeLessThanOrEqual(1);
    expect(found(rollouts(100, { ...bursty, burst: 20 }))).toBeLessThanOrEqual(1);
  });

  test('healthy canaries with two requests a second in all', () => {
    expect(found(rollouts(200, { rps: 2, weight: 0.05, stable: 0.005, canary: 0.005 }))).toBeLessThanOrEqual(2);
  });
});

describe('a failing canary', () => {
  test('that is dead, at one request a second, is found within 5 s and 5 failures (median)', () => {
    const endings = rollouts(100, { ...quiet, canary: 1, seconds: 300 });

    expect(found(endings)).toBe(100);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(5);
    expect(median(endings.map(({ failed }) => failed))).toBeLessThanOrEqual(5);
    expect(median(endings.map(({ everyTenSeconds }) => everyTenSeconds.seconds))).toBe(30);
    expect(median(endings.map(({ everyMinute }) => everyMinute.seconds))).toBe(300);
    expect(median(endings.map(({ everyMinute }) => everyMinute.failed))).toBeGreaterThan(250);
  });

  test('that fails a fifth at one request a second is found before a fixed threshold, at fewer failures (median)', () => {
    const endings = rollouts(100, { ...quiet, canary: 0.2 });

    expect(found(endings)).toBe(100);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(30);
    expect(median(endings.map(({ failed }) => failed))).toBeLessThanOrEqual(7);
  });

  test('that fails one in twenty at one request a second is found within 3 min and 10 failures (median)', () => {
    const endings = rollouts(100, { ...quiet, canary: 0.05 });

    expect(found(endings)).toBeGreaterThanOrEqual(99);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(180);
    expect(median(endings.map(({ failed }) => failed))).toBeLessThanOrEqual(10);
  });

  test('at five requests a second is found within 2, 6 and 40 s when it fails all, a fifth and one in twenty', () => {
    const busy = { rps: 100, weight: 0.05, stable: 0.005, seconds: 300 };
    const seconds = (canary: number) => median(rollouts(50, { ...busy, canary }).map(({ at }) => at));

    expect(seconds(1)).toBeLessThanOrEqual(2);
    expect(seconds(0.2)).toBeLessThanOrEqual(6);
    expect(seconds(0.05)).toBeLessThanOrEqual(40);
  });

  test('that is dead is found within a minute and 6 failures at one request in ten seconds', () => {
    const endings = rollouts(100, { rps: 2, weight: 0.05, stable: 0.005, canary: 1, seconds: 300 });

    expect(found(endings)).toBe(100);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(60);
    expect(median(endings.map(({ failed }) => failed))).toBeLessThanOrEqual(6);
  });

  test('that fails 30 % at 10 requests a second over two sidecars is found within 5 s (median)', () => {
    const busy = { rps: 200, weight: 0.05, sidecars: 2, stable: 0, canary: 0.3, baselineSeconds: 15, seconds: 60 };
    const endings = rollouts(100, busy);

    expect(found(endings)).toBe(100);
    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(5);
  });

  test('that fails four times as often as a stable one that rarely does is found in half an hour, mostly', () => {
    expect(found(rollouts(100, { ...quiet, canary: 0.02, seconds: 1800 }))).toBeGreaterThanOrEqual(80);
  });

  test('whose service fails in bursts is still found within 10 s (median)', () => {
    const bursty = { rps: 100, weight: 0.1, stable: 0.005, canary: 1, burst: 20, baselineSeconds: 300, seconds: 60 };

    expect(median(rollouts(60, bursty).map(({ at }) => at))).toBeLessThanOrEqual(10);
  });
});

describe('a success objective', () => {
  test('lets a canary be worse than stable as long as it keeps to it', () => {
    const endings = rollouts(100, {
      ...quiet,
      rps: 100,
      canary: 0.03,
      seconds: 300,
      terms: { successObjectivePercent: 95 },
    });

    expect(found(endings)).toBeLessThanOrEqual(1);
  });

  test('does not hold the canary to more than stable gives, in a shared outage or always', () => {
    const both = { ...quiet, stable: 0.1, canary: 0.1, seconds: 600, terms: { successObjectivePercent: 99 } };

    expect(found(rollouts(100, both))).toBeLessThanOrEqual(1);
  });

  test('costs a dead canary nothing that matters', () => {
    const endings = rollouts(100, { ...quiet, canary: 1, seconds: 60, terms: { successObjectivePercent: 99 } });

    expect(median(endings.map(({ at }) => at))).toBeLessThanOrEqual(5);
  });
});
