/**
 * Decides which requests fail: `percent` of them in the long run, the same ones in every run with the same seed, so that
 * a bad release is equally bad each time it is shown.
 */
export function failures(percent: number, seed: number): () => boolean {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mulberry32(state) * 100 < percent;
  };
}

/** The output function of mulberry32, a public-domain generator of one 32-bit word of state: uniform in [0, 1). */
function mulberry32(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
