import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failures } from '../../../local/shop/failures.ts';

const REQUESTS = 10_000;
const share = (percent: number, seed: number): number => {
  const fails = failures(percent, seed);
  return Array.from({ length: REQUESTS }, fails).filter(Boolean).length / REQUESTS;
};

test('a release fails the share of requests it was told to, whatever its seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.nat(), (percent, seed) => {
      expect(Math.abs(share(percent, seed) - percent / 100)).toBeLessThan(0.03);
    }),
    { numRuns: 50 },
  );
});

test('a good release fails nothing and a dead one everything', () => {
  expect(share(0, 7)).toBe(0);
  expect(share(100, 7)).toBe(1);
});

test('the same requests fail in every run, so that a bad release is equally bad each time', () => {
  const [first, second] = [failures(30, 1), failures(30, 1)];
  expect(Array.from({ length: 100 }, first)).toEqual(Array.from({ length: 100 }, second));
});
