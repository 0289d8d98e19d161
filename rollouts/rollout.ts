import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Policy, RequiredSidecar, RolloutPhase, RolloutStatus, StepRecord } from './types.ts';

/** How ECS is held while Weir judges: by a `PAUSE` lifecycle hook, or not at all (a ROLLING service). */
export type Hold = 'pauseHook' | 'guardedRolling';

/** ECS's own pause: what it takes to let the deployment go on. */
export interface HookFact {
  readonly kind: 'hook';
  /** ARN of the service deployment (not `ecs-svc/…`). */
  readonly serviceDeployment: string;
  readonly hookId: string;
  readonly stage: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What an operator may ask of a running rollout. */
export type Verb = 'rollback' | 'promote' | 'pause' | 'resume';

/** An operator's word, and whose it was (ARN). */
export type CommandFact = {
  readonly [V in Verb]: { readonly kind: V; readonly at: number; readonly actor: string };
}[Verb];

/**
 * Something that happened to a rollout. Facts are only ever added, in any order and any number of times:
 * the first of a kind stays. `promote` is used up by the wait it ends, and like `resume` takes `pause` back.
 */
export type Fact =
  | HookFact
  | { readonly kind: 'verdict'; readonly at: number; readonly reason: string }
  | { readonly kind: 'alarm'; readonly at: number; readonly reason: string }
  /** ECS ended the deployment by itself (circuit breaker, its own alarms, an operator's stop). */
  | { readonly kind: 'ended'; readonly at: number; readonly reason: string }
  /** A newer deployment took the service; `by` is its rollout. */
  | { readonly kind: 'superseded'; readonly at: number; readonly by: string }
  | CommandFact;

export type FactKind = Fact['kind'];

/** What is known, by kind. */
export type Facts = { readonly [K in FactKind]?: Extract<Fact, { kind: K }> };

/** The waits of the state machines: each is one task token. */
export const waitNames = [
  'green',
  'baseline',
  'acks',
  /** The rest of `acks` after the silent sidecars were sent the state again. */
  'lastAcks',
  'observe',
  'paused',
  'bake',
  'promoteAcks',
  'zeroAcks',
  /** One sidecar, one revision: the wait of a heal. */
  'heal',
] as const;

export type WaitName = (typeof waitNames)[number];

/** The one wait a rollout may have. */
export interface Wait {
  readonly name: WaitName;
  /** Step Functions task token. */
  readonly token: string;
  /** Epoch milliseconds at which it was registered. */
  readonly since: number;
  /** How long the state machine waits at most. */
  readonly seconds: number;
  /** Present on waits for acknowledgements. */
  readonly required?: readonly RequiredSidecar[];
  /** How it ends, written down before the state machine is told: whoever finds it tells the same. */
  readonly outcome?: Outcome;
}

export type OutcomeKind =
  | 'green'
  | 'acked'
  | 'rejected'
  | 'failing'
  | 'alarm'
  | 'rollback'
  | 'promote'
  | 'pause'
  | 'resume'
  | 'superseded'
  | 'stableGone';

/** What ended a wait before its time: the task's output in the state machine. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** One sentence. */
  readonly reason: string;
  readonly wait: WaitName;
  /** Seconds that the next wait has to last: the baseline's rest after `green`, the step's rest after `pause`; at least 1. */
  readonly seconds: number;
}

/** Requests to one variant. */
export interface Counts {
  readonly requests: number;
  readonly failures: number;
}

/** One deployment on its way through a service, as stored. */
export interface Rollout {
  readonly id: string;
  /** ECS service and cluster ARN. */
  readonly service: string;
  readonly cluster: string;
  readonly node: ProxyId;
  /** `ecs-svc/…` of the canary. */
  readonly deployment: string;
  readonly taskDefinition: string;
  /** Frozen at the start: a policy edited meanwhile counts for the next rollout. */
  readonly policy: Policy;
  readonly status: RolloutStatus;
  readonly phase: RolloutPhase;
  /** Percent of traffic that the canary is given now. */
  readonly weight: number;
  readonly reason: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly steps: readonly StepRecord[];
  /** Deployments that were stable when this one was admitted: where a rollback goes back to. */
  readonly stable: readonly string[];
  /** Guards every weight write; 0 before admission. */
  readonly fence: number;
  readonly holds?: Hold;
  /** What the sidecars must confirm now; kept from the push to the wait. */
  readonly required?: readonly RequiredSidecar[];
  /** Canary's counts when the present weight was given: the guard rail judges what came since. */
  readonly stepBase: Counts;
  readonly facts: Facts;
  readonly wait?: Wait;
  /** When the last required sidecar's acknowledgement of weight 0 was stored. */
  readonly zeroAckedAt?: number;
  /** Tasks that had not confirmed weight 0 in time. */
  readonly stragglers: readonly string[];
  /** ARN of who started it by hand. */
  readonly actor?: string;
}

/** Name of a deployment's rollout and of its execution: `ecs-svc/617…` → `dep-617…`. */
export function rolloutId(deployment: string): string {
  return `dep-${deployment.slice(deployment.lastIndexOf('/') + 1)}`;
}
