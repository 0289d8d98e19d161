import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Split } from '#mesh/model/split.ts';

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

/** Reads and writes the overlay. `put` fails with {@link FenceLostError} when a higher fence wrote before. */
export interface Splits {
  get(node: ProxyId): Promise<StoredSplit | undefined>;
  put(node: ProxyId, split: Split, fence: number): Promise<void>;
}
