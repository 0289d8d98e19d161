import type { Sidecar } from './ports.ts';
import { proxyName } from './proxy-name.ts';
import { ackProgress } from './required-sidecars.ts';
import type { RequiredSidecar } from './types.ts';

/** A silent sidecar; `mayStop`: if sending the state again does not help, ECS may replace its task. */
export interface Repair {
  readonly sidecar: RequiredSidecar;
  readonly mayStop: boolean;
}

/** The largest part of a push's sidecars whose tasks may be replaced at once (one, where that is less than one). */
const STOPPED_SHARE = 0.2;

/**
 * What to do about the silent sidecars of a push. A task is replaced only when the fault is its own: somebody else has
 * confirmed (or it is alone), it has reported before (else it is still starting), and no more than a fifth go at once.
 */
export function repairs(required: readonly RequiredSidecar[], sidecars: readonly Sidecar[]): readonly Repair[] {
  const { silent, acked } = ackProgress(required, sidecars);
  const pushWorks = acked > 0 || required.length === 1;
  const reported = new Set(sidecars.filter(({ appliedRev }) => appliedRev > 0).map(nameOf));
  let budget = pushWorks ? Math.max(1, Math.floor(required.length * STOPPED_SHARE)) : 0;
  return silent.map((sidecar) => {
    const mayStop = reported.has(nameOf(sidecar)) && budget > 0;
    if (mayStop) budget -= 1;
    return { sidecar, mayStop };
  });
}

const nameOf = ({ proxy, task }: Pick<Sidecar, 'proxy' | 'task'>): string => `${proxyName(proxy)}/${task}`;
