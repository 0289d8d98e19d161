import type { ClientPolicy, VirtualNodeSpec } from '#mesh/model/spec.gen.ts';
import type { Violation } from '../validate.ts';
import { distinctPorts, healthCheckPort, poolProtocol, timeoutProtocol } from './listener.ts';
import type { Rule } from './rule.ts';

/** A node that listens must be found by its clients. */
export const listenerNeedsDiscovery: Rule<VirtualNodeSpec> = function* ({ listeners = [], serviceDiscovery }) {
  if (listeners.length > 0 && serviceDiscovery === undefined)
    yield { path: 'spec.serviceDiscovery', rule: 'is required when the node has a listener' };
};

/** An enforced client policy checks names exactly, so a wildcard name could never match. */
export const noWildcardNames: Rule<VirtualNodeSpec> = function* ({ backendDefaults, backends = [] }) {
  yield* wildcardViolations(backendDefaults?.clientPolicy, 'spec.backendDefaults.clientPolicy');
  for (const [index, { virtualService }] of backends.entries())
    yield* wildcardViolations(virtualService.clientPolicy, `spec.backends[${index}].virtualService.clientPolicy`);
};

/** Names with `*` in a client policy that is enforced (`enforce` defaults to true). */
export function* wildcardViolations(policy: ClientPolicy | undefined, path: string): Generator<Violation> {
  if (policy?.tls === undefined || policy.tls.enforce === false) return;
  const names = policy.tls.validation.subjectAlternativeNames?.match.exact ?? [];
  for (const [index, name] of names.entries())
    if (name.includes('*'))
      yield {
        path: `${path}.tls.validation.subjectAlternativeNames.match.exact[${index}]`,
        rule: `is ${JSON.stringify(name)}; wildcards are allowed only with enforce: false`,
      };
}

/** Every rule of a virtual node's spec. */
export const virtualNodeRules: readonly Rule<VirtualNodeSpec>[] = [
  listenerNeedsDiscovery,
  distinctPorts,
  poolProtocol,
  timeoutProtocol,
  healthCheckPort,
  noWildcardNames,
];
