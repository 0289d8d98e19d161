import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type {
  Halt,
  HistoryEntry,
  PlannedStep,
  Policy,
  RequiredSidecar,
  RolloutKind,
  RolloutPhase,
  RolloutStatus,
  StepRecord,
} from './types.ts';

/**
 * How ECS is held while Weir judges: by a `PAUSE` lifecycle hook, or not at all (a ROLLING service). `nothing`: routes are moved,
 * and no deployment waits for it.
 */
export type Hold = 'pauseHook' | 'guardedRolling' | 'nothing';

/** Routes whose traffic moves from one declared virtual node to the rollout's own. */
export interface RouteMove {
  readonly virtualRouter: string;
  readonly routes: readonly string[];
  /** The virtual node that has served so far. */
  readonly from: string;
}

/** ECS's own pause: what it takes to let the deployment go on. */
export interface HookFact {
  readonly kind: 'hook';
  /** ARN of the service deployment (not `ecs-svc/…`). */
  readonly serviceDeployment: string;
  readonly hookId: string;
  readonly stage: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** When ECS stops waiting by itself. */
  readonly expiresAt?: number;
}

/** What an operator may ask of a running rollout. */
export const verbs = [
  /** Back to stable, now. */
  'rollback',
  /** On with it: whatever time or evidence it waits for counts as over. */
  'promote',
  /** To 100 % at once, then the bake. */
  'full',
  /** On to the next step. */
  'skip',
  'setWeight',
  'pause',
  'resume',
  'approve',
  'deny',
] as const;

export type Verb = (typeof verbs)[number];

/** An operator's word: when, and whose it was (ARN). */
interface Word {
  readonly at: number;
  readonly actor: string;
}

/**
 * What a word says beside who and when: `gate` binds an approval to the gate it was said at, `step` what moves a step on to the
 * number of steps given until then, so that neither counts for a later one; `weight` is in percent.
 */
type Saying<V extends Verb> = V extends 'setWeight'
  ? { readonly weight: number }
  : V extends 'approve' | 'deny'
    ? { readonly gate: string }
    : V extends 'promote' | 'skip'
      ? { readonly step: number }
      : object;

/** An operator's word on a rollout. */
export type CommandFact = { readonly [V in Verb]: { readonly kind: V } & Word & Saying<V> }[Verb];

/**
 * Something that happened to a rollout. Facts are only ever added, in any order and any number of times: the first of a kind
 * stays (of those with a `step`, `gate` or `weight` the first that says the same). What moves a rollout on is used up by the
 * wait it ends, and like `resume` takes `pause` back.
 */
export type Fact =
  | HookFact
  | { readonly kind: 'verdict'; readonly at: number; readonly reason: string; readonly tippedBy?: string }
  | { readonly kind: 'alarm'; readonly at: number; readonly reason: string }
  /** ECS ended the deployment by itself (circuit breaker, its own alarms, an operator's stop). */
  | { readonly kind: 'ended'; readonly at: number; readonly reason: string }
  /** A newer deployment took the service, `by` is its rollout; or, as `reason` tells, a user wrote the routes that it moves. */
  | { readonly kind: 'superseded'; readonly at: number; readonly by: string; readonly reason?: string }
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
  /** Before a weight, until an alarm is over, the time is one of the policy's windows, it is this rollout's turn, somebody approves. */
  'alarms',
  'window',
  'turn',
  'gate',
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
  | 'denied'
  | 'superseded'
  | 'stableGone'
  /** The step has shown enough, or what it stood still for is over. */
  | 'stepDone'
  | 'cleared'
  | Exclude<Verb, 'approve' | 'deny'>;

/** What ended a wait before its time: the task's output in the state machine. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** One sentence. */
  readonly reason: string;
  readonly wait: WaitName;
  /** Seconds that the next wait has to last: the baseline's rest after `green`, the step's rest after `pause`; at least 1. */
  readonly seconds: number;
  /** Percent asked for; 0 unless the kind is `setWeight`. */
  readonly weight: number;
}

/** What happened in one step only is the difference to these. */
export interface SeenBefore {
  readonly canary: Counts & { readonly shielded: number };
  readonly stable: Counts;
}

/** Requests to one variant. */
export interface Counts {
  readonly requests: number;
  readonly failures: number;
}

/** One deployment on its way through a service, as stored. */
export interface Rollout {
  readonly id: string;
  readonly kind: RolloutKind;
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
  /** The step it is in: what it takes to leave it, and what had been seen when it began. */
  readonly step?: PlannedStep & { readonly before: SeenBefore };
  /** Canary's counts when the present weight was given: the guard rail judges what came since. */
  readonly stepBase: Counts;
  /** Where it stood or stands still; the last one may be open. */
  readonly halts: readonly Halt[];
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Why steps were left out: in place of "all steps passed". */
  readonly shortened?: string;
  readonly facts: Facts;
  readonly wait?: Wait;
  /** When the last required sidecar's acknowledgement of weight 0 was stored. */
  readonly zeroAckedAt?: number;
  /** Tasks that had not confirmed weight 0 in time. */
  readonly stragglers: readonly string[];
  /** ARN of who started it by hand. */
  readonly actor?: string;
  /** The rollout whose task definition it deploys again. */
  readonly retryOf?: string;
  /** Present when it moves routes: `service` is then the path of the virtual router's ARN, which is locked in a service's place. */
  readonly move?: RouteMove;
}

/** Name of a deployment's rollout and of its execution: `ecs-svc/617…` → `dep-617…`. */
export function rolloutId(deployment: string): string {
  return `dep-${deployment.slice(deployment.lastIndexOf('/') + 1)}`;
}
