import type { Snapshot } from '#mesh/wire/snapshot.ts';
import type { AdsListener, AdsServer } from './ads-server.ts';
import type { Log } from './log.ts';
import { plan, type Stage } from './plan.ts';
import type { Resources } from './resources.ts';
import type { Versions } from './subscription.ts';
import { shortType } from './xds-type.ts';

/** A state Envoy is to reach. */
export interface Target {
  readonly snapshot: Snapshot;
  /** The snapshot's resources as this task's Envoy gets them. */
  readonly resources: Resources;
}

/** What the sequencer tells: each target ends in one `applied`, or in `rejected` (which a late answer may still follow). */
export interface SequencerListener {
  applied(target: Target): void;
  rejected(target: Target, type: string, text: string): void;
}

/** How long one stage may go unanswered before that is reported; above EDS's initial_fetch_timeout of 5 s and DNS's. */
const STAGE_TIMEOUT_MS = 15_000;
/** How long resources that Envoy never asks for may hold a stage up: Envoy asks within milliseconds of an ack. */
const UNCLAIMED_GRACE_MS = 1_000;
/** Pause before a state is pushed again that nothing better can replace: the cause may pass (a port that is still taken). */
const RETRY_MS = 5_000;

interface Run {
  readonly target: Target;
  readonly stages: readonly Stage[];
  readonly rollback: boolean;
  /** Types of which a refusal was not held against this target, as it may have been meant for what came before. */
  readonly disputed: ReadonlySet<string>;
  index: number;
}

/**
 * Takes Envoy from one state to the next by the stages of {@link plan}, each only after Envoy has acknowledged the last.
 * A newer target cuts in at any point. A refusal ends the run and serves the last good state again, because a refused
 * response may have been applied in part.
 */
export class Sequencer implements AdsListener {
  readonly #ads: Pick<AdsServer, 'serve' | 'progress' | 'connected'>;
  readonly #listener: SequencerListener;
  readonly #log: Log;
  #served: Resources | undefined;
  #good: Target | undefined;
  #run: Run | undefined;
  #late: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(ads: Pick<AdsServer, 'serve' | 'progress' | 'connected'>, listener: SequencerListener, log: Log) {
    this.#ads = ads;
    this.#listener = listener;
    this.#log = log;
  }

  /** Starts towards `target`, from wherever Envoy is on its way to. */
  apply(target: Target): void {
    this.#begin(target, false);
  }

  progressed(): void {
    if (this.#run !== undefined) this.#advance(this.#run);
  }

  rejected(type: string, text: string, refused: Versions): void {
    const run = this.#run;
    const target = run?.target ?? this.#good;
    this.#log.error('envoyRejected', { rev: target?.snapshot.rev, type: shortType(type), text });
    this.#stop();
    if (target === undefined) return;
    this.#served = this.#served && withdraw(this.#served, type, refused, this.#good?.resources);
    if (run !== undefined && !run.disputed.has(type) && !isOf(target.resources, type, refused))
      this.#begin(target, run.rollback, new Set([...run.disputed, type]));
    else this.#refused(target, run === undefined || run.rollback, type, text);
  }

  #refused(target: Target, isGood: boolean, type: string, text: string): void {
    if (!isGood) this.#listener.rejected(target, type, text);
    if (!isGood && this.#good !== undefined) this.#begin(this.#good, true);
    else this.#retry = setTimeout(() => this.#begin(target, isGood), RETRY_MS);
  }

  /** Stops all timers; nothing is told afterwards. */
  stop(): void {
    this.#stop();
    clearTimeout(this.#retry);
  }

  #begin(target: Target, rollback: boolean, disputed: ReadonlySet<string> = new Set()): void {
    this.#stop();
    clearTimeout(this.#retry);
    const run = { target, rollback, disputed, stages: plan(this.#served, target.resources), index: 0 };
    this.#run = run;
    this.#enter(run);
  }

  #enter(run: Run): void {
    const stage = run.stages[run.index];
    if (stage === undefined) {
      this.#finish(run);
      return;
    }
    // What a run only added is referred to by nothing yet: a target that cuts in need not keep it.
    if (stage.name !== 'add') this.#served = stage.serve;
    this.#late = setTimeout(() => this.#overdue(run, stage), STAGE_TIMEOUT_MS);
    this.#ads.serve(stage);
    this.#advance(run);
  }

  #advance(run: Run): void {
    const stage = run.stages[run.index];
    if (stage === undefined || this.#run !== run) return;
    const { progress } = this.#ads.progress(stage);
    if (progress === 'unclaimed') this.#grace ??= setTimeout(() => this.#unclaimed(run, stage), UNCLAIMED_GRACE_MS);
    else this.#clearGrace();
    if (progress === 'settled') this.#next(run);
  }

  #next(run: Run): void {
    this.#clearTimers();
    run.index += 1;
    this.#enter(run);
  }

  #finish(run: Run): void {
    this.#run = undefined;
    this.#good = run.target;
    if (run.rollback) this.#log.info('lastGoodServed', { rev: run.target.snapshot.rev });
    else this.#listener.applied(run.target);
  }

  #unclaimed(run: Run, stage: Stage): void {
    const { types } = this.#ads.progress(stage);
    this.#log.info('resourcesUnclaimed', {
      rev: run.target.snapshot.rev,
      stage: stage.name,
      types: types.map(shortType),
    });
    this.#next(run);
  }

  #overdue(run: Run, stage: Stage): void {
    if (!this.#ads.connected) {
      this.#late = setTimeout(() => this.#overdue(run, stage), STAGE_TIMEOUT_MS);
      return;
    }
    const { types } = this.#ads.progress(stage);
    const text = `Envoy has not acknowledged ${types.map(shortType).join(', ')} within ${STAGE_TIMEOUT_MS / 1000} s`;
    this.#log.error('stageOverdue', { rev: run.target.snapshot.rev, stage: stage.name, text });
    if (!run.rollback) this.#listener.rejected(run.target, types[0] ?? '', text);
  }

  #stop(): void {
    this.#run = undefined;
    this.#clearTimers();
  }

  #clearTimers(): void {
    clearTimeout(this.#late);
    this.#clearGrace();
  }

  #clearGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }
}

/**
 * What is served once Envoy has refused something of a type: the last good version in its place, so that nothing refused is
 * sent again on the way back and nothing good is withdrawn.
 */
function withdraw(served: Resources, type: string, refused: Versions, good: Resources | undefined): Resources {
  const named = new Map(served.get(type));
  for (const name of refused.keys()) {
    const before = good?.get(type)?.get(name);
    if (before === undefined) named.delete(name);
    else named.set(name, before);
  }
  return new Map([...served, [type, named]]);
}

/** Whether all that was refused belongs to `resources`; else the rest may be to blame, which was on its way before them. */
function isOf(resources: Resources, type: string, refused: Versions): boolean {
  const named = resources.get(type);
  return [...refused].every(([name, version]) => named?.get(name)?.version === version);
}
