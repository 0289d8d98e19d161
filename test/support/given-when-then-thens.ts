import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ShopServiceName } from '../../local/story/shop.ts';
import { settled } from '../../local/story/shop-services.ts';
import { waitFor } from '../../local/story/wait-for.ts';
import { rolloutId, watchRollout } from '../../local/story/watch-rollout.ts';
import type { Rollout } from '../../local/story/weir-api.ts';
import type { RunningTask, World } from './given-when-then-world.ts';

const END_MS = 120_000;
const SAMPLES = 60;
const PAUSE_MS = 6_000;

/** What must be seen in the end. */
export const thens = (world: World) => ({
  /** The rollout of the last release (or of the one `back` before it) ends so, and ECS is done with it. */
  async rolloutEnds(status: Rollout['status'], { back = 0 } = {}): Promise<Rollout> {
    const released = world.released.at(-1 - back) ?? world.last;
    const rollout = await watchRollout(world.shop.api, rolloutId(released.deployment), END_MS);
    expect(`${rollout.status}: ${rollout.reason}`).toMatch(new RegExp(`^${status}: `));
    if (back === 0) await settled(world.shop.ecs, released.service, END_MS);
    return rollout;
  },

  /** Every sidecar there is confirmed each of these steps. */
  everyStepWasConfirmed({ steps }: Rollout): void {
    const unconfirmed = steps.filter(
      (step) => step.requiredSidecars === 0 || step.ackedSidecars !== step.requiredSidecars,
    );
    expect(unconfirmed).toEqual([]);
    expect(steps.length).toBeGreaterThan(0);
  },

  /** So many client requests failed, and no more, besides those under way on a killed gateway. */
  clientFailuresAreAtMost(most: number): void {
    const failures = world.unexcusedFailures().map(({ method, task, reason }) => `${method} by ${task}: ${reason}`);
    expect(failures.length, failures.join('; ')).toBeLessThanOrEqual(most);
  },

  /** All of the traffic goes to one version of orders. */
  async allTrafficGoesTo(version: string): Promise<void> {
    await expect.poll(() => world.versionsSeen(SAMPLES), { timeout: 30_000 }).toEqual({ [version]: SAMPLES });
  },

  /** All requests with this header are answered by one version of orders. */
  async trafficWithHeaderGoesTo(version: string, header: Record<string, string>): Promise<void> {
    await expect.poll(() => world.versionsSeen(SAMPLES, header), { timeout: 30_000 }).toEqual({ [version]: SAMPLES });
  },

  /** The canary has answered requests that the judge counts. */
  async theCanaryIsCounted(): Promise<void> {
    const id = rolloutId(world.last.deployment);
    const counted = async () => (await world.shop.api.rollout(id))?.evidence?.canary.requests ?? 0;
    await expect.poll(counted, { timeout: 30_000 }).toBeGreaterThan(0);
  },

  /** All of the traffic goes where it went before the test. */
  async allTrafficIsBack(): Promise<void> {
    await expect.poll(() => world.versionsSeen(SAMPLES), { timeout: 30_000 }).toEqual({ [world.stable]: SAMPLES });
  },

  /** ECS replaced or stopped the task. */
  async taskIsGone(task: RunningTask): Promise<void> {
    const services = ['front', 'orders', 'payments'] as const;
    await waitFor(`task ${task.id} to be stopped`, END_MS, async () => {
      const running = (await Promise.all(services.map((service) => world.tasksOf(service)))).flat();
      return running.every(({ id }) => id !== task.id);
    });
  },

  /** The rollout of the last release is asked to go no further, and does not while its step would have ended twice. */
  async theWeightStaysAt(percent: number): Promise<void> {
    const id = rolloutId(world.last.deployment);
    await waitFor('the rollout to pause', END_MS, async () => (await world.shop.api.rollout(id))?.phase === 'paused');
    for (const until = Date.now() + PAUSE_MS; Date.now() < until; await delay(200))
      expect(await world.shop.api.rollout(id)).toMatchObject({ phase: 'paused', weight: percent });
  },

  /** The service has so many tasks. */
  async serviceRuns(service: ShopServiceName, count: number): Promise<void> {
    await expect.poll(async () => (await world.tasksOf(service)).length, { timeout: END_MS }).toBe(count);
  },

  /** No task of the service runs this version's image. */
  async noTaskRuns(service: ShopServiceName, version: string): Promise<void> {
    const images = async () => (await world.tasksOf(service)).map(({ image }) => image);
    await expect.poll(images, { timeout: END_MS }).not.toContain(`shop/${service}:${version}`);
  },
});
