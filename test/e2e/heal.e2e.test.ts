import { expect, test } from 'vitest';
import type { EventFilter } from '../../local/ecs/event-publisher.ts';
import { scenario } from '../support/given-when-then.ts';
import { faults } from '../support/given-when-then-faults.ts';
import { healed } from '../support/healed.ts';

/** Services of which no event arrives now. */
const unheard = new Set<string>();
const lossy: EventFilter = (entry) => {
  const { group = '' } = JSON.parse(entry.Detail) as { group?: string };
  return unheard.has(group) ? [] : [{ entry }];
};

const [given, when, then, world] = scenario({ ecs: { eventFilter: lossy } });
const fault = faults(world);

test('a stable task whose application dies is left out at once and replaced', async () => {
  await given.aSettledShop();
  const victim = await world.stableTaskOf('orders');
  await healed(world, 'application of a stable task killed, until it is replaced', {
    cause: () => fault.killApplications([victim]),
    until: async () => {
      await then.taskIsGone(victim);
      await fault.knownTasks('orders', 3);
    },
  });
});

test('a canary whose every task dies in mid-canary is taken back', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v2');
  await when.weightReaches(10);
  const { deployment } = world.last;
  const canary = (await world.tasksOf('orders')).filter((task) => task.deployment === deployment);
  expect(canary.length).toBeGreaterThan(0);
  await healed(world, 'every application of the canary killed, until all traffic is back', {
    cause: () => fault.killApplications(canary),
    until: async () => {
      await then.rolloutEnds('rolledBack');
      await then.allTrafficIsBack();
    },
  });
});

test('a change that Envoy refuses in mid-canary takes the canary back, and no client notices', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v2');
  await when.weightReaches(10);
  await healed(world, "gateway's Envoy refuses its listener, until the canary is taken back and the gateway mended", {
    cause: () => fault.gatewayLogs(true),
    until: async () => {
      const { reason } = await then.rolloutEnds('rolledBack');
      expect(reason).toContain('/no/such/directory/access.log');
      await fault.gatewayLogs(false);
      await fault.everySidecarIsUpToDate();
    },
  });
  await then.allTrafficIsBack();
  then.clientFailuresAreAtMost(0);
});

test('a release whose alarm fires after its promotion is taken back, without being asked', async () => {
  await given.aSettledShop();
  await given.alarm('orders-slow-death');
  await given.policy({ alarms: ['orders-slow-death'], watchSeconds: 120 });
  await when.release('orders', 'v2');
  await then.rolloutEnds('promoted');
  await healed(world, 'alarm fires after the promotion, until all traffic is back', {
    cause: () => when.metricRises('orders-slow-death'),
    until: () => fault.trafficIsBack(),
  });
  await given.policy({ alarms: [] });
  then.clientFailuresAreAtMost(0);
});

test('what no event tells is found by the sweep: a new task, and a snapshot that is gone', async () => {
  await given.aSettledShop();
  unheard.add('service:payments');
  const task = healed(world, 'every event of a new task lost, until it takes traffic', {
    cause: () => fault.scale('payments', 3),
    until: () => fault.knownTasks('payments', 3),
  });
  const snapshot = healed(world, 'snapshot deleted from the bucket, until it is back', {
    cause: () => fault.deleteSnapshot(),
    until: () => fault.snapshotIsBack(),
  });
  await Promise.all([task, snapshot]);
  unheard.clear();
  await fault.scale('payments', 2);
  then.clientFailuresAreAtMost(0);
});

test('all agents that die at once are back at once, and no client notices', async () => {
  await given.aSettledShop();
  let killed: readonly number[] = [];
  await healed(world, 'every agent killed at once, until each is back', {
    cause: async () => {
      killed = await fault.killAllAgents();
    },
    until: () => fault.everyTaskHasAnotherAgentThan(() => killed),
  });
  await fault.gatewayLogs(false);
  await fault.everySidecarIsUpToDate();
  expect(killed.length).toBeGreaterThanOrEqual(7);
  // What the new agents first say is stored by now: it must not have taken a task that served all along out of the traffic.
  await when.requestsFlow(500);
  then.clientFailuresAreAtMost(0);
});

test('a sidecar that falls silent is asked again, then its task is replaced, and the canary goes on', async () => {
  await given.aSettledShop();
  await given.policy({ resendSeconds: 1, ackSeconds: 60 });
  await when.release('orders', 'v2');
  await when.weightReaches(10);
  await healed(world, 'agent of the gateway frozen in mid-canary, until its task is replaced', {
    cause: () => when.silence('front'),
    until: async () => {
      const { reason } = await then.rolloutEnds('promoted');
      expect(reason).toContain('passed');
    },
  });
  then.clientFailuresAreAtMost(0);
});

test('an execution stopped from outside leaves everything on stable', async () => {
  await given.aSettledShop();
  await when.release('orders', 'v1');
  await when.weightReaches(10);
  await healed(world, 'execution of the rollout stopped, until everything is on stable', {
    cause: () => when.executionIsStopped(),
    until: async () => {
      await then.rolloutEnds('rolledBack');
      await then.allTrafficIsBack();
    },
  });
  then.clientFailuresAreAtMost(0);
});
