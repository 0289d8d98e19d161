import type { LockAnswer, LockClaim, ServiceLock } from '#rollouts/ports.ts';

/** Locks of services, as `aws/service-lock.ts` keeps them. */
export class WorldLock implements ServiceLock {
  readonly held = new Map<string, { readonly rollout?: string; readonly fence: number; readonly deployedAt: number }>();

  async acquire(service: string, { rollout, deployedAt, above }: LockClaim): Promise<LockAnswer> {
    const held = this.held.get(service) ?? { fence: 0, deployedAt: 0 };
    if (held.rollout === rollout) return { kind: 'acquired', fence: held.fence };
    if (held.deployedAt > deployedAt) return { kind: 'newer', rollout: held.rollout ?? '' };
    const fence = Math.max(held.fence, above) + 1;
    this.held.set(service, { rollout, fence, deployedAt });
    return { kind: 'acquired', fence, ...(held.rollout === undefined ? {} : { superseded: held.rollout }) };
  }

  async release(service: string, rollout: string): Promise<void> {
    const held = this.held.get(service);
    if (held?.rollout === rollout) this.held.set(service, { fence: held.fence, deployedAt: held.deployedAt });
  }
}
