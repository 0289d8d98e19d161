import type { TaskRecord } from './state.ts';

/** A JSON answer's object; times are epoch seconds, as JSON 1.1 has them. */
export type Described = Record<string, unknown>;

/** A time of ours as the JSON 1.1 protocol writes it. */
export function seconds(at: number): number {
  return at / 1000;
}

/** Whether a task counts as pending: it was started and does not run yet. */
export function isPending({ lastStatus }: TaskRecord): boolean {
  return lastStatus === 'PENDING' || lastStatus === 'PROVISIONING';
}
