import type { WireResources } from '#mesh/wire/snapshot.ts';
import { rewriteAddresses, type TaskAddresses } from './rewrite-addresses.ts';

/** One xDS resource ready to be sent: the encoded message and the version Envoy is told. */
export interface Resource {
  readonly version: string;
  readonly body: Buffer;
}

/** type URL → resource name → resource. */
export type Resources = ReadonlyMap<string, ReadonlyMap<string, Resource>>;

/** Decodes a snapshot's resources for this task. Versions stay the snapshot's, also where an address was rewritten. */
export function decodeResources(wire: WireResources, addresses: TaskAddresses = {}): Resources {
  const types = Object.entries(wire).map(([type, named]) => {
    const decoded = Object.entries(named).map(([name, { version, body }]) => {
      const bytes = rewriteAddresses(type, name, Buffer.from(body, 'base64'), addresses);
      return [name, { version, body: bytes }] as const;
    });
    return [type, new Map(decoded)] as const;
  });
  return new Map(types);
}

/** Resources of `types` alone. */
export function only(resources: Resources, types: readonly string[]): Resources {
  return new Map([...resources].filter(([type]) => types.includes(type)));
}

/** All of both; where both have a name, `over`'s. */
export function union(under: Resources, over: Resources): Resources {
  const types = new Set([...under.keys(), ...over.keys()]);
  return new Map([...types].map((type) => [type, new Map([...(under.get(type) ?? []), ...(over.get(type) ?? [])])]));
}

/** Whether both hold the same names at the same versions. An empty type is no difference. */
export function sameResources(one: Resources, other: Resources): boolean {
  const types = new Set([...one.keys(), ...other.keys()]);
  return [...types].every((type) => sameNamed(one.get(type) ?? new Map(), other.get(type) ?? new Map()));
}

function sameNamed(one: ReadonlyMap<string, Resource>, other: ReadonlyMap<string, Resource>): boolean {
  return one.size === other.size && [...one].every(([name, { version }]) => other.get(name)?.version === version);
}
