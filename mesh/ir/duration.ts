import type { Duration } from '#mesh/model/spec.gen.ts';

/** The longest time Envoy takes (64 bits of nanoseconds, 292 years), rounded down; App Mesh's model has no upper bound. */
const LONGEST_MS = 9e12;

/** Milliseconds of an App Mesh duration; `undefined` where the spec leaves it (or its value) out. */
export function milliseconds(duration: Duration | undefined): number | undefined {
  if (duration?.value === undefined) return undefined;
  return Math.min(duration.unit === 's' ? duration.value * 1000 : duration.value, LONGEST_MS);
}
