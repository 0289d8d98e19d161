import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { alarmTrouble } from '#rollouts/alarm-trouble.ts';
import { openHalt } from '#rollouts/halts.ts';
import { confidence } from '#rollouts/judge.ts';
import { isUnchecked } from '#rollouts/next-move.ts';
import { isHandedOver, needsEvidence } from '#rollouts/plan.ts';
import type { Alarms, Turns } from '#rollouts/policy-ports.ts';
import type { Clock, EvidenceStore, Sidecar, SidecarEvidence, Sidecars } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import type { Rollout, Wait } from '#rollouts/rollout.ts';
import type { Situation } from '#rollouts/settle.ts';
import { summarize } from '#rollouts/summary.ts';

/** What a situation is read from. */
export interface SituationPorts {
  readonly sidecars: Sidecars;
  readonly evidence: EvidenceStore;
  readonly turns: Pick<Turns, 'isFree'>;
  readonly alarms: Alarms;
  readonly now: Clock;
}

/** A rollout that waits. */
export type Waiting = Rollout & { readonly wait: Wait };

/** Reads all that a rollout's wait is judged by. */
export async function situationOf(ports: SituationPorts, rollout: Waiting): Promise<Situation> {
  const { wait, facts, node, policy, step } = rollout;
  const now = ports.now();
  const [tasks, seen, isClear] = await Promise.all([
    Promise.all(watched(wait, node).map((proxy) => ports.sidecars.of(proxy))),
    evidenceFor(ports, rollout),
    isCleared(ports, rollout),
  ]);
  const halt = openHalt(rollout);
  return {
    wait,
    facts,
    now,
    sidecars: rollout.move === undefined ? tasks.flat() : tasks.flat().map((task) => asCanary(task, rollout)),
    canary: rollout.deployment,
    stable: rollout.stable,
    holds: rollout.holds,
    isUnchecked: isUnchecked(rollout),
    given: rollout.steps.length,
    baselineSeconds: isHandedOver(rollout) ? 0 : policy.baselineSeconds,
    isClear,
    ...(step === undefined ? {} : { step }),
    ...(halt === undefined ? {} : { halt }),
    ...seenIn(rollout, seen, now),
  };
}

/** Where routes move, every deployment of the new node is the canary. */
function asCanary(task: Sidecar, { node, deployment }: Rollout): Sidecar {
  return proxyName(task.proxy) === proxyName(node) ? { ...task, deployment } : task;
}

/** Evidence is read for those waits only that look at it: every report wakes, and a sidecar's item is not small. */
async function evidenceFor({ evidence }: SituationPorts, { id, wait, step, policy }: Waiting) {
  const isWatched = (wait.name === 'observe' || wait.name === 'bake') && step !== undefined;
  return wait.name === 'green' || (isWatched && needsEvidence(step, policy)) ? evidence.all(id) : undefined;
}

function seenIn(rollout: Rollout, seen: readonly SidecarEvidence[] | undefined, now: number) {
  const { wait, policy, step, stepBase } = rollout;
  if (seen === undefined) return {};
  if (wait?.name === 'green') {
    const since = reportingSince(rollout, seen, now);
    return since === undefined ? {} : { reportingSince: since };
  }
  const summary = summarize(
    seen.map(({ evidence }) => evidence),
    policy,
  );
  return step === undefined ? {} : { confidence: confidence(summary, policy, step, stepBase) };
}

/** Whether what the wait stands still for has come. */
async function isCleared({ turns, alarms }: SituationPorts, { id, node, wait, policy }: Rollout): Promise<boolean> {
  if (wait?.name === 'turn') return turns.isFree(node, id, policy.concurrency?.maxRollouts ?? 1);
  return wait?.name === 'alarms' && (await alarmTrouble(alarms, policy)) === undefined;
}

/** Proxies whose tasks decide the wait: those that must confirm, else the node itself. */
function watched(wait: Wait, node: ProxyId): readonly ProxyId[] {
  if (wait.required === undefined) return [node];
  return [...new Map(wait.required.map(({ proxy }) => [proxyName(proxy), proxy])).values()];
}

/** When the last of the reporting sidecars began; a task's clock may be off, but never to before the rollout or after now. */
function reportingSince({ startedAt }: Rollout, seen: readonly SidecarEvidence[], now: number): number | undefined {
  if (seen.length === 0) return undefined;
  const last = Math.max(...seen.map((one) => one.evidence.since));
  return Math.min(now, Math.max(startedAt, last));
}
