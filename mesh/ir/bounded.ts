/** The largest number in Envoy's 32-bit fields; App Mesh's model has no upper bound for what goes into them. */
const UINT32_MAX = 4_294_967_295;

/** A count as Envoy can hold it: a larger one means the same as the largest. */
export function uint32(count: number): number {
  return Math.min(count, UINT32_MAX);
}

/** A bound of a range as a number that is exact: beyond, the bound means "none". */
export function exactInteger(bound: number): number {
  return Math.max(Math.min(bound, Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER);
}
