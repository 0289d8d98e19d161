import { expect, test } from 'vitest';
import type { TelemetryReport } from '#mesh/wire/report.ts';
import { type ReceiveTelemetryPorts, receiveTelemetry } from '../../functions/receive-telemetry/receive-telemetry.ts';
import { routeEvents } from '../../functions/route-events/route-events.ts';
import { EventWorld, TASK, taskEventOf } from '../support/event-world.ts';
import { countsMessage, ruleMessage } from '../support/sidecar-messages.ts';

interface Telemetry {
  readonly ports: ReceiveTelemetryPorts;
  readonly world: EventWorld;
  readonly folded: { readonly proxy: string; readonly task: string; readonly report: TelemetryReport }[];
  readonly judged: string[];
}

async function telemetry(over: Partial<ReceiveTelemetryPorts> = {}): Promise<Telemetry> {
  const world = new EventWorld();
  await routeEvents(world.ports)(taskEventOf(2, 'RUNNING'));
  const folded: Telemetry['folded'] = [];
  const judged: string[] = [];
  const ports: ReceiveTelemetryPorts = {
    proxies: world.proxies,
    isClient: async (rollout) => rollout !== 'dep-foreign',
    fold: async (proxy, task, report) => folded.push({ proxy: proxy.name, task, report }) > 0,
    judge: async (rollout) => void judged.push(rollout),
    log: world.log,
    ...over,
  };
  return { ports, world, folded, judged };
}

test('each report is folded for the task that the broker names, and each rollout judged once a batch', async () => {
  const { ports, folded, judged } = await telemetry();
  const again = await receiveTelemetry(ports)([
    countsMessage({ seq: 1 }, { id: 'a' }),
    countsMessage({ seq: 2 }, { id: 'b' }),
    countsMessage({ rollout: 'dep-2' }, { id: 'c' }),
  ]);

  expect(again).toEqual([]);
  expect(folded.map(({ proxy, task, report }) => [proxy, task, report.rollout])).toEqual([
    ['orders', TASK, 'dep-1'],
    ['orders', TASK, 'dep-1'],
    ['orders', TASK, 'dep-2'],
  ]);
  expect(judged.sort()).toEqual(['dep-1', 'dep-2']);
});

test('a repeated report is judged again: its first delivery may have died in between', async () => {
  const { ports, judged } = await telemetry({ fold: async () => false });
  await receiveTelemetry(ports)([countsMessage()]);

  expect(judged).toEqual(['dep-1']);
});

test.each([
  ['of a rollout it takes no part in', countsMessage({ rollout: 'dep-foreign' })],
  ['with more failures than requests', countsMessage({ canary: { requests: 1, failures: 2 } })],
  ['that the table could not hold', countsMessage({ stable: { requests: 1e300, failures: 0 } })],
  ['of something that is no rollout', countsMessage({ rollout: '../x' })],
  ['that is not JSON', ruleMessage('{')],
  ['from another task', countsMessage({}, { principal: 'AROAEXAMPLE:other' })],
])('counts %s are refused for good', async (_name, message) => {
  const { ports, world, folded, judged } = await telemetry();

  expect(await receiveTelemetry(ports)([message])).toEqual([]);
  expect([folded, judged, world.warnings]).toEqual([[], [], ['message refused']]);
});

test('counts of a task that ECS never told of are refused', async () => {
  const { ports, folded } = await telemetry({ proxies: { taskAt: async () => undefined } });
  await receiveTelemetry(ports)([countsMessage()]);

  expect(folded).toEqual([]);
});

test('when judging fails, the messages of that rollout alone are delivered again', async () => {
  const { ports } = await telemetry({
    judge: async (rollout) => {
      if (rollout === 'dep-1') throw new Error('throttled');
    },
  });
  const again = await receiveTelemetry(ports)([
    countsMessage({}, { id: 'a' }),
    countsMessage({ rollout: 'dep-2' }, { id: 'b' }),
  ]);

  expect(again).toEqual(['a']);
});
