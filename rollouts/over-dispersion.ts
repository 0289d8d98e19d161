/** Moments of something counted once an interval. */
export interface Moments {
  readonly intervals: number;
  readonly sum: number;
  /** Sum of the squares of each interval's count. */
  readonly squares: number;
}

/** Nothing counted yet. */
export const noMoments: Moments = { intervals: 0, sum: 0, squares: 0 };

/** The moments with one more interval. */
export const withCount = ({ intervals, sum, squares }: Moments, count: number): Moments => ({
  intervals: intervals + 1,
  sum: sum + count,
  squares: squares + count ** 2,
});

/** φ = max(1, 1.25 · variance/mean) of the counts; those of a Poisson kind have 1, bursts more. */
export function overDispersion({ intervals, sum, squares }: Moments): number {
  if (intervals < 2 || sum === 0) return 1;
  const mean = sum / intervals;
  const variance = (squares - intervals * mean * mean) / (intervals - 1);
  return Math.max(1, (1.25 * variance) / mean);
}
