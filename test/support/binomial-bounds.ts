/** Standard deviations that a fair count may be away from its mean: a chance below 1 in a million to fail by luck. */
const SIGMAS = 5;

/** Whether `count` of `total` is what a share gives, within binomial bounds that luck never crosses. */
export function isShare(count: number, total: number, share: number): boolean {
  return Math.abs(count - total * share) <= SIGMAS * Math.sqrt(total * share * (1 - share));
}
