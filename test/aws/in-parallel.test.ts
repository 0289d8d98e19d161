import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inParallel } from '#aws/in-parallel.ts';

test('answers come in the order of the items, and never more than the width are under way', () =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.nat()), fc.integer({ min: 1, max: 5 }), async (s, items, width) => {
      let underWay = 0;
      let most = 0;
      const work = async (item: number) => {
        most = Math.max(most, ++underWay);
        await s.schedule(Promise.resolve());
        underWay--;
        return item * 2;
      };

      expect(await s.waitFor(inParallel(items, width, work))).toEqual(items.map((item) => item * 2));
      expect(most).toBe(Math.min(width, items.length));
    }),
  ));

test('after a failure nothing more is begun, and nothing is left running when it is thrown', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('one');
    await Promise.resolve();
    ended.push(item);
  };

  await expect(inParallel([1, 2, 3, 4], 2, work)).rejects.toThrow('one');
  expect([begun, ended]).toEqual([[1, 2], [2]]);
});
