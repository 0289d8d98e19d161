import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { CanaryShield } from '#mesh/model/split.ts';

/** One step of a canary: the share of traffic it gives the canary and how long it is watched there. */
export interface PolicyStep {
  /** Percent, 0 < weight <= 100, rising from step to step. */
  readonly weight: number;
  /** The shortest time at this weight, in seconds. */
  readonly seconds: number;
}

/** How deployments of a mesh's services are rolled out. Seconds everywhere; a laptop's policy differs in numbers only. */
export interface Policy {
  readonly steps: readonly PolicyStep[];
  /** Baseline gathered before the first weight, for the judge's over-dispersion. */
  readonly baselineSeconds: number;
  /** Time at 100 % before ECS is told to go on. */
  readonly bakeSeconds: number;
  /** False rollbacks of a healthy canary happen with at most this probability (e-process level). */
  readonly alpha: number;
  /** Guard rail judged beside the statistics: the canary's failure rate over a step, in percent, once `minRequests` were seen. */
  readonly threshold?: { readonly failurePercent: number; readonly minRequests: number };
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
  /** CloudWatch alarms whose ALARM state ends the rollout. */
  readonly alarms: readonly string[];
}

/** A sidecar that must confirm a step: fixed when the step is applied. */
export interface RequiredSidecar {
  readonly proxy: ProxyId;
  readonly task: string;
  /** The revision it must have applied. */
  readonly rev: number;
}

export type RolloutStatus = 'running' | 'promoted' | 'rolledBack' | 'superseded' | 'unrouted' | 'failed';

/** Where a running rollout is, in words a person can read. */
export type RolloutPhase =
  | 'admitted'
  | 'waitingForGreen'
  | 'gatheringBaseline'
  | 'awaitingAcks'
  | 'observing'
  | 'paused'
  | 'baking'
  | 'promoting'
  | 'rollingBack'
  | 'finished';

/** One weight that was given, and who confirmed it. Times are epoch milliseconds. */
export interface StepRecord {
  /** Percent of traffic. */
  readonly weight: number;
  readonly appliedAt: number;
  readonly requiredSidecars: number;
  readonly ackedSidecars: number;
  readonly lastAckAt?: number;
}
