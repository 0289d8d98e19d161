import { settled } from '../../local/story/shop-services.ts';
import { waitFor } from '../../local/story/wait-for.ts';
import { alarms } from './given-when-then-alarms.ts';
import type { World } from './given-when-then-world.ts';

const SETTLE_MS = 90_000;

/** How a scenario begins. */
export const givens = (world: World) => ({
  /** No rollout under way, every task wanted is ready, traffic flows; what follows is counted from here. */
  async aSettledShop(): Promise<void> {
    const { api, ecs, load, services } = world.shop;
    await waitFor('no rollout to be under way', SETTLE_MS, async () => (await api.running()).length === 0);
    for (const service of Object.keys(services)) await settled(ecs, service, SETTLE_MS);
    await waitFor('every sidecar to be ready', SETTLE_MS, async () => {
      const proxies = (await api.proxies('shop')).filter(({ lastStatus }) => lastStatus === 'RUNNING');
      return proxies.length >= 7 && proxies.every(({ ready }) => ready);
    });
    const { requests } = load.counts();
    await waitFor('traffic', SETTLE_MS, async () => load.counts().requests > requests + 50);
    const [stable = '', ...others] = Object.keys(await world.versionsSeen(20));
    if (others.length > 0)
      throw new Error(`Nothing is released, yet orders answers as ${[stable, ...others].join(', ')}.`);
    Object.assign(world, { released: [], stable, began: Date.now(), killed: [] });
  },

  /** A CloudWatch alarm on the metric of its name. */
  alarm: alarms(world).alarm,

  /** The shop's policy is this and nothing that a test before had laid over it. */
  async onlyPolicy(policy: Record<string, unknown>): Promise<void> {
    await world.shop.api.deletePolicy('shop');
    await world.shop.api.putPolicy('shop', policy);
  },

  /** Lays a part of a policy over the shop's. */
  async policy(part: Record<string, unknown>): Promise<void> {
    await world.shop.api.putPolicy('shop', part);
  },
});
