import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emitMetrics, type Measurement } from '#aws/metrics.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import { measureRollouts } from '../../functions/measure-rollouts/measure-rollouts.ts';
import { busEvent } from '../support/event-world.ts';
import { rollout } from '../support/rollout.ts';

const measured = async (type: string, detail: object, source = 'weir') => {
  const seen: Measurement[] = [];
  await measureRollouts((one) => void seen.push(one))({ ...busEvent(type, detail), source });
  return seen;
};

describe('an event becomes metrics', () => {
  test('by mesh and outcome, with the node beside them', async () => {
    const [measurement] = await measured(
      'Rollout Promoted',
      rolloutView(rollout({ status: 'promoted', endedAt: 2_000_000 })),
    );

    expect(measurement).toMatchObject({
      dimensions: { mesh: 'shop', outcome: 'promoted' },
      about: { virtualNode: 'orders', rollout: 'dep-2' },
    });
  });

  test('when a repair ends, by what was repaired', async () => {
    const input = JSON.stringify({ kind: 'regression', rolloutId: 'dep-2', reason: 'x' });
    const detail = { name: 'back-dep-2', status: 'SUCCEEDED', input };

    expect(await measured('Step Functions Execution Status Change', detail, 'aws.states')).toEqual([
      {
        dimensions: { repair: 'regression', outcome: 'succeeded' },
        about: { rollout: 'dep-2', execution: 'back-dep-2' },
        measures: [{ name: 'Repairs', unit: 'Count', value: 1 }],
      },
    ]);
  });

  test('only when it ends something', async () => {
    expect(await measured('Rollout Started', rolloutView(rollout()))).toEqual([]);
    expect(await measured('Something Else', {})).toEqual([]);
  });

  test('or fails with what is wrong in it', async () => {
    await expect(measured('Rollout Promoted', { id: 'x' })).rejects.toThrow('Rollout Promoted event-1: detail.mesh');
  });
});

describe('metrics are written', () => {
  beforeEach(() => void vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false'));
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('as one line of embedded metric format, none of it by task or rollout', () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
    emitMetrics({
      dimensions: { mesh: 'shop', outcome: 'rolledBack' },
      about: { virtualNode: 'orders' },
      measures: [{ name: 'SecondsToZero', unit: 'Seconds', value: 0.7 }],
    });

    expect(lines).toHaveLength(1);
    const written = JSON.parse(lines[0] ?? '');
    expect(written).toMatchObject({ mesh: 'shop', outcome: 'rolledBack', virtualNode: 'orders', SecondsToZero: 0.7 });
    expect(written._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'Weir',
        Dimensions: [expect.arrayContaining(['service', 'mesh', 'outcome'])],
        Metrics: [{ Name: 'SecondsToZero', Unit: 'Seconds' }],
      },
    ]);
  });
});
