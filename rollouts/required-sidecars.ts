import type { PushedProxy, Sidecar } from './ports.ts';
import { proxyName } from './proxy-name.ts';
import type { RequiredSidecar } from './types.ts';

/** How far a push has come among the sidecars that must confirm it. */
export interface AckProgress {
  /** Still part of the set: tasks that left RUNNING have dropped out. */
  readonly required: number;
  readonly acked: number;
  /** Epoch milliseconds (control plane) of the last acknowledgement. */
  readonly lastAckAt?: number;
  readonly silent: readonly RequiredSidecar[];
  /** Envoy's refusal of this revision or a later one. */
  readonly rejected?: { readonly task: string; readonly text: string };
}

/** Every sidecar of a push: each task that ECS wants RUNNING of each proxy pushed, with the revision it must apply. */
export function requiredSidecars(
  pushed: readonly PushedProxy[],
  sidecars: readonly Sidecar[],
): readonly RequiredSidecar[] {
  const revisions = new Map(pushed.map(({ proxy, rev }) => [proxyName(proxy), rev]));
  return sidecars.flatMap(({ proxy, task, wanted }) => {
    const rev = revisions.get(proxyName(proxy));
    return wanted && rev !== undefined ? [{ proxy, task, rev }] : [];
  });
}

/**
 * Who has confirmed. Tasks that ECS stops drop out; when all have left, the ready tasks that took their place must have
 * applied the revision instead, because an empty set confirms nothing.
 * With `startingLeft`, a task that never reported is left out too: it serves nothing yet and starts with the newest state.
 */
export function ackProgress(
  required: readonly RequiredSidecar[],
  sidecars: readonly Sidecar[],
  startingLeft = false,
): AckProgress {
  const known = new Map(sidecars.map((sidecar) => [sidecarName(sidecar), sidecar]));
  const stays = (sidecar: Sidecar | undefined): sidecar is Sidecar =>
    sidecar?.wanted === true && !(startingLeft && sidecar.appliedRev === 0);
  const present = required.filter((one) => stays(known.get(sidecarName(one))));
  return count(present.length > 0 ? present : successors(required, sidecars), known);
}

/** Whether every sidecar has confirmed, and there was at least one. */
export function isConfirmed({ required, acked }: AckProgress): boolean {
  return required > 0 && acked === required;
}

function count(required: readonly RequiredSidecar[], known: ReadonlyMap<string, Sidecar>): AckProgress {
  const silent: RequiredSidecar[] = [];
  let lastAckAt: number | undefined;
  let rejected: AckProgress['rejected'];
  for (const one of required) {
    const sidecar = known.get(sidecarName(one));
    if (sidecar !== undefined && sidecar.appliedRev >= one.rev) {
      lastAckAt = Math.max(lastAckAt ?? 0, sidecar.ackedAt ?? 0);
      continue;
    }
    silent.push(one);
    const refusal = sidecar?.rejected;
    if (refusal !== undefined && refusal.rev >= one.rev) rejected ??= { task: one.task, text: refusal.text };
  }
  return {
    required: required.length,
    acked: required.length - silent.length,
    silent,
    ...(lastAckAt === undefined ? {} : { lastAckAt }),
    ...(rejected === undefined ? {} : { rejected }),
  };
}

function successors(required: readonly RequiredSidecar[], sidecars: readonly Sidecar[]): readonly RequiredSidecar[] {
  const pushed = required.map(({ proxy, rev }) => ({ proxy, rev }));
  return requiredSidecars(
    pushed,
    sidecars.filter(({ ready }) => ready),
  );
}

const sidecarName = ({ proxy, task }: Pick<Sidecar, 'proxy' | 'task'>): string => `${proxyName(proxy)}/${task}`;
