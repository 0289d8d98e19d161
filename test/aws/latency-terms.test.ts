import { expect, test, vi } from 'vitest';
import { latencyTerms } from '#aws/latency-terms.ts';
import { defaultPolicy } from '#rollouts/policy.ts';
import { rollout } from '../support/rollout.ts';

const judged = rollout({ policy: { ...defaultPolicy, latency: { objectiveMs: 200 } } });

test('how a rollout judges latency is read once: its policy never changes', async () => {
  const get = vi.fn(async () => judged);
  const terms = latencyTerms({ get });

  expect(await Promise.all([terms('dep-2'), terms('dep-2')])).toEqual([{ objectiveMs: 200 }, { objectiveMs: 200 }]);
  expect(await terms('dep-2')).toEqual({ objectiveMs: 200 });
  expect(get).toHaveBeenCalledTimes(1);
});

test('a rollout that is not there yet, or a table that did not answer, is asked for again', async () => {
  const get = vi.fn(async () => judged as typeof judged | undefined);
  get.mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error('throttled'));
  const terms = latencyTerms({ get });

  expect(await terms('dep-2')).toBeUndefined();
  await expect(terms('dep-2')).rejects.toThrow('throttled');
  expect(await terms('dep-2')).toEqual({ objectiveMs: 200 });
});
