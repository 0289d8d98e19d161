import type { Duration } from '#mesh/model/spec.gen.ts';

/** Milliseconds of an App Mesh duration; `undefined` where the spec leaves it (or its value) out. */
export function milliseconds(duration: Duration | undefined): number | undefined {
  if (duration?.value === undefined) return undefined;
  return duration.unit === 's' ? duration.value * 1000 : duration.value;
}
