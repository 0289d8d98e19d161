/** Milliseconds as a protobuf duration in JSON. */
export function duration(ms: number): string {
  return `${ms / 1000}s`;
}
