/**
 * Milliseconds before attempt `attempt` (0 = the first retry): full jitter over an exponential bound
 * (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), so that a herd of agents spreads itself.
 */
export function fullJitter(attempt: number, baseMs: number, capMs: number, random: () => number = Math.random): number {
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)));
}

/** `value` ± `share` of it, evenly. */
export function spread(value: number, share: number, random: () => number = Math.random): number {
  return Math.round(value * (1 - share + 2 * share * random()));
}
