import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { PolicyPatch } from './policy.ts';
import type { Policy } from './types.ts';

/** A mesh of an account. */
export interface MeshName {
  readonly owner: string;
  readonly mesh: string;
}

/** What the services of a mesh are rolled out with. */
export interface Policies {
  /** The policy in force for a proxy. */
  get(proxy: ProxyId): Promise<Policy>;
}

/** Whose policy: a mesh's, or a virtual node's. */
export interface PolicyName extends MeshName {
  readonly node?: string;
}

/** The parts that policies are laid together of. */
export interface PolicyParts {
  /** What a mesh says over the default, or a node over its mesh; version 0 as long as nothing was written. */
  part(name: PolicyName): Promise<{ readonly own: PolicyPatch; readonly version: number }>;
  /** Whether there is such a mesh, or virtual node. */
  exists(name: PolicyName): Promise<boolean>;
  /** Every node of the mesh that has a part. */
  nodes(mesh: MeshName): Promise<readonly { readonly node: string; readonly own: PolicyPatch }[]>;
  /** Writes the part whose version was read as this; `overtaken` when somebody wrote meanwhile. */
  write(name: PolicyName, own: PolicyPatch, version: number): Promise<'written' | 'overtaken' | 'absent'>;
}

/** CloudWatch alarms by name. */
export interface Alarms {
  /** Those of them that exist. */
  of(names: readonly string[]): Promise<readonly AlarmState[]>;
}

/** An alarm as CloudWatch has it now; `reason` is CloudWatch's own. */
export interface AlarmState {
  readonly name: string;
  readonly isFiring: boolean;
  readonly reason: string;
}

/** Turns at giving a canary weight: at most so many rollouts of a mesh at once. A turn whose rollout has ended is nobody's. */
export interface Turns {
  /** True when the rollout has its turn, then and for good until it gives it back. */
  take(mesh: MeshName, rollout: string, most: number): Promise<boolean>;
  /** Whether a rollout could take one now. */
  isFree(mesh: MeshName, rollout: string, most: number): Promise<boolean>;
  giveBack(mesh: MeshName, rollout: string): Promise<void>;
}

/** Why Weir has asked ECS for a deployment: the event of it comes on its own, and may be faster. */
export interface Intent {
  readonly taskDefinition: string;
  readonly at: number;
  readonly actor: string;
  /** The rollout that is tried again. */
  readonly retryOf: string;
}

/** Intents by service ARN; the last one counts. */
export interface Intents {
  /** False when the same was claimed a short while ago: two that ask at once get one deployment. */
  claim(service: string, intent: Intent): Promise<boolean>;
  get(service: string): Promise<Intent | undefined>;
}
