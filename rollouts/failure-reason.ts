import type { Outcome, Rollout } from './rollout.ts';
import type { RolloutPhase } from './types.ts';

/** What the state machine knows when it turns back: an outcome of a task, or an error it caught. */
export interface Failure {
  readonly signal?: Pick<Outcome, 'reason'> | undefined;
  readonly error?: { readonly Error: string; readonly Cause?: string | undefined } | undefined;
}

const tooLate: Partial<Record<RolloutPhase, string>> = {
  admitted: 'The deployment could not be admitted in time.',
  waitingForGreen: 'The canary was not ready in time.',
  awaitingAcks: 'Not every sidecar confirmed the step in time.',
  paused: 'The rollout stayed paused too long.',
  promoting: 'Not every sidecar confirmed the promotion in time.',
};

/** Why a rollout turns back, in one sentence: an error counts before the outcome that came before it. */
export function failureReason({ phase }: Pick<Rollout, 'phase'>, { signal, error }: Failure): string {
  if (error === undefined) return signal?.reason ?? 'The state machine gave no reason.';
  if (error.Error === 'States.Timeout') return tooLate[phase] ?? `A task of phase ${phase} took too long.`;
  return `${error.Error}: ${messageIn(error.Cause ?? '') ?? 'no cause given'}`;
}

/** Lambda puts `{ errorType, errorMessage, trace }` into the cause. */
function messageIn(cause: string): string | undefined {
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : undefined;
  } catch {
    return cause === '' ? undefined : cause.slice(0, 300);
  }
}
