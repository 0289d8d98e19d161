import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';
import type { Evidence } from './evidence.ts';
import type { CommandFact, Fact, Outcome, Rollout, Wait } from './rollout.ts';
import type { RolloutEvent } from './rollout-events.ts';
import type { HistoryEntry, RequiredSidecar, RolloutPhase, RolloutStatus, StepMode } from './types.ts';

/** A task that runs a proxy, as ECS and the sidecar itself tell. */
export interface Sidecar {
  readonly proxy: ProxyId;
  readonly task: string;
  /** ECS deployment that started it. */
  readonly deployment: string;
  /** ECS wants it RUNNING (it may still be starting). */
  readonly wanted: boolean;
  /** Highest revision its Envoy acknowledged; 0 before the first. */
  readonly appliedRev: number;
  /** Epoch milliseconds (control plane's clock) at which the acknowledgement of `appliedRev` was stored. */
  readonly ackedAt?: number;
  readonly rejected?: { readonly rev: number; readonly type: string; readonly text: string };
  readonly ready: boolean;
}

/** Reads the tasks of a proxy. */
export interface Sidecars {
  of(proxy: ProxyId): Promise<readonly Sidecar[]>;
}

/** The outcome of a push: the revision that carries the state asked for (an unchanged proxy keeps its stored one). */
export interface PushedProxy {
  readonly proxy: ProxyId;
  readonly rev: number;
}

/** Compiles, stores and publishes; returns once state is in S3 and news are out. */
export interface MeshPush {
  /** Proxies whose compiled resources contain this node's split. */
  clientsOf(node: ProxyId): Promise<readonly ProxyId[]>;
  push(proxies: readonly ProxyId[]): Promise<readonly PushedProxy[]>;
  /** Publishes the stored snapshot again to one task, asking for a fresh acknowledgement. */
  resend(proxy: ProxyId, task: string): Promise<void>;
}

/** A node's split as stored; `fence` of the rollout that wrote it last. */
export interface StoredSplit {
  readonly split: Split;
  readonly fence: number;
}

/** Raised by a write whose fence is lower than the stored one: a newer rollout owns the node. */
export class FenceLostError extends Error {
  override readonly name = 'FenceLost';
}

/** Reads and writes the overlay. Writes fail with {@link FenceLostError} when a higher fence wrote before. */
export interface Splits {
  get(node: ProxyId): Promise<StoredSplit | undefined>;
  put(node: ProxyId, split: Split, fence: number): Promise<void>;
  /**
   * Writes what `alter` makes of the stored split, so that a deployment which ECS adds to the stable variant meanwhile is not
   * lost; `alter` may run several times. False when it answers `undefined`: then nothing is written.
   */
  change(node: ProxyId, fence: number, alter: (stored: Split | undefined) => Split | undefined): Promise<boolean>;
}

/**
 * Moves traffic between what is stable and the canary: the one hand of the engine on the mesh. Each write carries the rollout's
 * fence ({@link FenceLostError}), may be repeated, and answers who has to confirm it; nobody: no sidecar routes to the node.
 */
export interface TrafficShift {
  /** Lets the canary take part at weight 0, which starts the counts; one that is handed over is not told apart. */
  begin(rollout: Rollout, stable: readonly string[]): Promise<void>;
  give(rollout: Rollout, percent: number, mode: StepMode): Promise<readonly RequiredSidecar[]>;
  /** The canary becomes stable. */
  promote(rollout: Rollout): Promise<readonly RequiredSidecar[]>;
  /** Everything back to stable. */
  restore(rollout: Rollout): Promise<readonly RequiredSidecar[]>;
  /** Takes the canary out after {@link restore}, as soon as stable serves. */
  end(rollout: Rollout): Promise<void>;
  /** Percent of the traffic that the canary's tasks would have if nobody told the variants apart. */
  naturalShare(rollout: Rollout): Promise<number>;
}

/** A rollout to be listed, newest first. */
export interface RolloutQuery {
  readonly status?: RolloutStatus;
  readonly limit: number;
  /** Opaque: from the page before. */
  readonly nextToken?: string;
}

/** What may be rewritten of a stored rollout; facts and the wait have their own verbs. */
export type RolloutChange = Partial<
  Omit<Rollout, 'id' | 'kind' | 'facts' | 'wait' | 'policy' | 'startedAt' | 'history'>
>;

/** The rollouts, consistent for whoever reads after a write. */
export interface Rollouts {
  /** False when the rollout is there already. */
  create(rollout: Rollout): Promise<boolean>;
  /** Keeps the wait of one sidecar's repair in a rollout's shape, in no list, for a day. */
  createUnlisted(rollout: Rollout): Promise<void>;
  get(id: string): Promise<Rollout | undefined>;
  list(query: RolloutQuery): Promise<{ readonly rollouts: readonly Rollout[]; readonly nextToken?: string }>;
  change(id: string, change: RolloutChange, entry?: HistoryEntry): Promise<void>;
  /**
   * Adds a fact, and a line of history; one that says what is known already changes neither. Nothing happens when there is no
   * such rollout, but a hook is kept for it.
   */
  record(id: string, fact: Fact): Promise<void>;
  /**
   * Puts the one wait in place of any earlier one and makes it findable by the proxies it looks at. Fails when a later one is
   * there: the state machine has gone on, and nobody would end the wait it is in.
   */
  registerWait(id: string, wait: Wait, phase: RolloutPhase, proxies: readonly ProxyId[]): Promise<void>;
  /**
   * Writes down how the wait ends, with what that adds to the record; the facts it uses up are gone with it. False, and nothing
   * is written, when the wait with this token has given way to another.
   */
  settleWait(id: string, token: string, outcome: Outcome, change: RolloutChange): Promise<boolean>;
  /** Takes the wait away if it still has this token. */
  clearWait(id: string, token: string): Promise<void>;
  /** Takes a fact away that has come true, unless another has taken its place. */
  forget(id: string, fact: CommandFact): Promise<void>;
  /** Ends a running rollout; false when it had ended before (then nothing is changed). */
  finish(id: string, ending: RolloutEnding): Promise<boolean>;
}

/** How a rollout ended. */
export type RolloutEnding = Required<Pick<Rollout, 'status' | 'reason' | 'endedAt' | 'weight'>>;

/** Answers task tokens. A token that was used or has timed out is no error: somebody was faster. */
export interface Callbacks {
  succeed(token: string, outcome: Outcome): Promise<void>;
}

/** Whoever rolls out a service holds its lock. */
export interface ServiceLock {
  /**
   * Takes the lock from any older deployment (by the time ECS created it) under a higher fence.
   * Taking it twice answers the same: the fence, and who held it before, since the first taker may have died with the answer.
   */
  acquire(service: string, claim: LockClaim): Promise<LockAnswer>;
  /** Lets go if this rollout still holds it; the fence stays. */
  release(service: string, rollout: string): Promise<void>;
}

export interface LockClaim {
  readonly rollout: string;
  /** Epoch milliseconds at which ECS created the deployment. */
  readonly deployedAt: number;
  /** The fence to be above: the split's, which a twin service on the same node may have raised. */
  readonly above: number;
}

export type LockAnswer =
  | { readonly kind: 'acquired'; readonly fence: number; readonly superseded?: string }
  /** A newer deployment's rollout holds it. */
  | { readonly kind: 'newer'; readonly rollout: string };

/** A deployment of a service as ECS tells. */
export interface ServiceDeployment {
  /** ARN of the service deployment. */
  readonly arn: string;
  readonly status: 'inProgress' | 'successful' | 'stopped' | 'rollingBack';
  readonly statusReason?: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** It pauses where Weir can judge. */
  readonly hasPauseHook: boolean;
  /** The hook that waits now. */
  readonly awaitingHook?: string;
  /** No revision ran before it. */
  readonly isFirst: boolean;
}

/** The hand on ECS. Each verb may be repeated: what is done already is left alone. */
export interface Deployments {
  /** The service deployment whose target is `ecs-svc/…`; undefined when ECS knows none. */
  describe(service: string, deployment: string): Promise<ServiceDeployment | undefined>;
  /** Lets a paused deployment go on. */
  proceed(deployment: ServiceDeployment): Promise<void>;
  /** ROLLBACK by the waiting hook, else by stopping the deployment; false when ECS has finished it. */
  rollBack(deployment: ServiceDeployment): Promise<boolean>;
  /**
   * Deploys a task definition anew: the way back after a deployment has ended. False, and nothing is done, when the service's
   * newest deployment is another one by now.
   */
  redeploy(service: string, cluster: string, deployment: string, taskDefinition: string): Promise<boolean>;
  /** Deploys a task definition, the present one too, and answers the `ecs-svc/…` of the deployment. */
  deploy(service: string, cluster: string, taskDefinition: string): Promise<string>;
  /** Task definition of the revision before this deployment, if ECS still knows it. */
  previousTaskDefinition(service: string, deployment: string): Promise<string | undefined>;
  stopTask(cluster: string, task: string, reason: string): Promise<void>;
}

/** Services on their way back to a revision that was good: its deployment is not judged against the one it replaces. */
export interface WaysBack {
  /** Before ECS is told to deploy it, so that whoever hears of the deployment finds the mark. */
  mark(service: string, taskDefinition: string): Promise<void>;
  isMarked(service: string, taskDefinition: string): Promise<boolean>;
}

/** What the sidecars have seen of a rollout. */
export interface EvidenceStore {
  all(rollout: string): Promise<readonly SidecarEvidence[]>;
}

/** One sidecar's evidence and whose it is: `proxy` is the proxy's wire key. */
export interface SidecarEvidence {
  readonly proxy: string;
  readonly task: string;
  readonly evidence: Evidence;
}

/** Tells the account's event bus, under source `weir`. */
export interface Announcer {
  announce(what: Announcement, rollout: Rollout): Promise<void>;
}

/** An event of the bus about a rollout. */
export type Announcement = RolloutEvent;

/** Epoch milliseconds. */
export type Clock = () => number;

/** Starts executions. Starting one again under its name is no error. */
export interface Executions {
  startCanary(rollout: string): Promise<void>;
  startHeal(name: string, input: HealInput): Promise<void>;
}

/** What the heal machine repairs. */
export type HealInput =
  | {
      readonly kind: 'stuckPropagation';
      readonly healId: string;
      readonly rolloutId: string;
      readonly sidecar: RequiredSidecar;
    }
  | { readonly kind: 'deadExecution'; readonly rolloutId: string; readonly reason: string }
  /** What was promoted turned out to be bad. */
  | { readonly kind: 'regression'; readonly rolloutId: string; readonly reason: string };
