import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Audience, CanaryShield } from '#mesh/model/split.ts';
import type { Notification } from './notification.ts';

/** How a deployment is brought in. Every one but `off` is judged, and baked at 100 % before ECS is told to go on. */
export type Strategy =
  /** The policy's `steps`. */
  | 'canary'
  /** Steps of one size, from `linear`. */
  | 'linear'
  /** All traffic at once, after the baseline. */
  | 'blueGreen'
  /** First the audience of `abTest`, then `steps`. */
  | 'abTest'
  /** First copies of requests (`mirror`), then `steps`. */
  | 'mirror'
  /** Not judged: endpoints are handed over when ECS has them ready. */
  | 'off';

/** How long a step is watched, and what it takes to leave it. */
export interface Watching {
  /** The shortest time, in seconds. */
  readonly seconds: number;
  /** The longest time, while the evidence is not enough; `seconds` when absent. */
  readonly maxSeconds?: number;
  /** Requests the canary must have answered in the step. */
  readonly minRequests?: number;
  /** Somebody has to approve before it. */
  readonly gate?: Gate;
}

/** One step of a canary: the share of traffic it gives the canary and how long it is watched there. */
export interface PolicyStep extends Watching {
  /** Percent, 0 < weight <= 100, rising from step to step. */
  readonly weight: number;
}

/** Where a rollout stands still until somebody has approved; it is judged meanwhile. */
export interface Gate {
  /** How long it waits. */
  readonly expirySeconds: number;
  /** What silence means; `deny` when absent: the rollout is taken back. */
  readonly onExpiry?: 'approve' | 'deny';
  /** IAM principals (ARNs, `*` and `?` as in IAM) of which one has to approve; absent: whoever may call the route. */
  readonly approvers?: readonly string[];
}

/** When rollouts may give their first weight: `from` <= local time < `to`; past midnight when `to` is not after `from`. */
export interface RolloutWindow {
  readonly days: readonly Weekday[];
  /** `HH:MM` in the time zone. */
  readonly from: string;
  readonly to: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** A time in which no rollout gives its first weight: ISO 8601 instants with offset, and why. */
export interface Freeze {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** What to do with a step whose evidence is not enough in `maxSeconds`; `extend` gives it as long again, once, then pauses. */
export type OnInconclusive = 'extend' | 'pause' | 'promote' | 'rollback';

/** How deployments of a mesh's services are rolled out. Seconds everywhere; a laptop's policy differs in numbers only. */
export interface Policy {
  readonly strategy: Strategy;
  readonly steps: readonly PolicyStep[];
  readonly linear?: Omit<Watching, 'gate'> & { readonly stepPercent: number };
  /** Requests of the audience go to the canary at `weight` percent; all others stay with stable. Off for tcp. */
  readonly abTest?: Watching & { readonly audience: Audience; readonly weight: number };
  /** Copies of `percent` of the requests go to the canary, whose answers nobody sees. Off for tcp. */
  readonly mirror?: Watching & { readonly percent: number };
  readonly gates: {
    /** Before the first weight. */
    readonly start?: Gate;
    /** After the bake, before ECS is told to go on. */
    readonly promotion?: Gate;
  };
  /** Baseline gathered before the first weight, for the judge's over-dispersion. */
  readonly baselineSeconds: number;
  /** Time at 100 %, after the last step's own, before ECS is told to go on. */
  readonly bakeSeconds: number;
  /** How long after the promotion an alarm of `alarms` still takes the service back; 0: not at all. */
  readonly watchSeconds: number;
  /** False rollbacks of a healthy canary happen with at most this probability (e-process level). */
  readonly alpha: number;
  /** Guard rail judged beside the statistics: the canary's failure rate over a step, in percent, once `minRequests` were seen. */
  readonly threshold?: { readonly failurePercent: number; readonly minRequests: number };
  /** A canary that succeeds this often is good enough, even where stable does better; absent: it is held to stable alone. */
  readonly successObjectivePercent?: number;
  /**
   * Judges the canary's latency too: against `objectiveMs`, or against the baseline's percentile when absent. The first
   * `warmUpAnswers` through each sidecar are not judged.
   */
  readonly latency?: { readonly objectiveMs?: number; readonly percentile?: 95; readonly warmUpAnswers?: number };
  /** A step is left only when the canary is shown to fail at most so many percent points more than stable. */
  readonly confidence?: { readonly marginPercent: number };
  readonly onInconclusive: OnInconclusive;
  readonly shield: CanaryShield;
  readonly reportEveryMs: number;
  /** How long green tasks may take until the hook waits for us. */
  readonly scaleUpSeconds: number;
  /** A silent sidecar is sent its snapshot again after this. */
  readonly resendSeconds: number;
  /** A step fails when a required sidecar stays silent this long. */
  readonly ackSeconds: number;
  /** A rollback waits this long for stragglers, then goes on and lists them. */
  readonly rollbackAckSeconds: number;
  /** CloudWatch alarms: one in ALARM ends the rollout, one that does not exist lets none start. */
  readonly alarms: readonly string[];
  /** How long a rollout waits for an alarm that fires before its first weight; absent: it is refused at once. */
  readonly alarmWaitSeconds?: number;
  /** Weekly times in which a rollout may begin; empty: always. */
  readonly windows: readonly RolloutWindow[];
  readonly freezes: readonly Freeze[];
  /** So many rollouts of the mesh have a weight at once; the others wait for their turn. */
  readonly concurrency?: { readonly maxRollouts: number };
  readonly notifications: readonly Notification[];
  /** Judge and tell, but act on nothing: the canary keeps the share its tasks would have anyway, and ECS goes on. */
  readonly dryRun: boolean;
}

/** A sidecar that must confirm a step: fixed when the step is applied. */
export interface RequiredSidecar {
  readonly proxy: ProxyId;
  readonly task: string;
  /** The revision it must have applied. */
  readonly rev: number;
}

export type RolloutStatus = 'running' | 'promoted' | 'rolledBack' | 'superseded' | 'unrouted' | 'failed';

/**
 * What a rollout is for: to judge a new deployment; to bring a revision back that was good before, which is not judged again;
 * to move routes from one declared virtual node to another.
 */
export type RolloutKind = 'release' | 'rollback' | 'route';

/** Where a running rollout is, in words a person can read. */
export type RolloutPhase =
  | 'admitted'
  | 'waitingForGreen'
  | 'gatheringBaseline'
  | 'awaitingAlarms'
  | 'awaitingApproval'
  | 'awaitingWindow'
  | 'awaitingTurn'
  | 'awaitingAcks'
  | 'observing'
  | 'paused'
  | 'baking'
  | 'promoting'
  | 'rollingBack'
  | 'finished';

/** What requests a step gives the canary: a share of all, a share of an audience's, or copies whose answers nobody sees. */
export type StepMode = 'traffic' | 'audience' | 'mirror';

/** A step of the plan, whatever strategy it comes from. */
export interface PlannedStep {
  readonly mode: StepMode;
  /** Percent: of the traffic, of the audience's, of the requests copied. */
  readonly weight: number;
  /** The shortest and the longest time it is watched; the bake is part of the last step's. */
  readonly seconds: number;
  readonly maxSeconds: number;
  /** Canary requests it takes to leave it; 0 when the policy names none. */
  readonly minRequests: number;
  /** Its gate and where that stands in the policy. */
  readonly gate?: Gate;
  readonly place: string;
  readonly isLast: boolean;
}

/** One weight that was given, and who confirmed it. Times are epoch milliseconds. */
export interface StepRecord {
  /** Percent of traffic; of the audience's, or of the requests copied, by `mode`. */
  readonly weight: number;
  /** `traffic` when absent. */
  readonly mode?: Exclude<StepMode, 'traffic'>;
  readonly appliedAt: number;
  readonly requiredSidecars: number;
  readonly ackedSidecars: number;
  readonly lastAckAt?: number;
  /** Present once the step is over. */
  readonly evidence?: StepEvidence;
}

/** What was seen between a step's weight and the end of the step. */
export interface StepEvidence {
  readonly canary: { readonly requests: number; readonly failures: number; readonly shielded: number };
  readonly stable: { readonly requests: number; readonly failures: number };
  /** Of the whole rollout, at the end of the step. */
  readonly eValue: number;
  /** The canary's failure rate was above stable's by at most this, of 1. */
  readonly upperBound: number;
  /** What made the rollout turn back in this step. */
  readonly tippedBy?: string;
  /** Answers that were slow; present where the policy judges latency. */
  readonly latency?: {
    readonly eValue: number;
    readonly canary: { readonly answers: number; readonly slow: number };
    readonly stable: { readonly answers: number; readonly slow: number };
  };
}

/** A time in which a rollout stood still, for somebody or something. Times are epoch milliseconds. */
export interface Halt {
  /** What for: a gate by its place in the policy (`gates.start`, `steps[1].gate`), `alarms`, a `window`, its `turn`. */
  readonly on: string;
  readonly since: number;
  /** When the rollout stops waiting. */
  readonly until: number;
  readonly reason: string;
  /** Who may approve, at a gate that says so. */
  readonly approvers?: readonly string[];
  readonly end?: 'over' | 'approved' | 'denied' | 'expired';
  readonly endedAt?: number;
  /** ARN of who decided. */
  readonly actor?: string;
}

/** Something that happened to a rollout, and who did it. `what` is a fact's kind, `started`, `weight`, `halted` or the ending. */
export interface HistoryEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly what: string;
  /** ARN. */
  readonly actor?: string;
  readonly note?: string;
}
