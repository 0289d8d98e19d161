import type { VirtualGatewaySpec } from '#mesh/model/spec.gen.ts';
import { distinctPorts, healthCheckPort, poolProtocol } from './listener.ts';
import type { Rule } from './rule.ts';
import { wildcardViolations } from './virtual-node.ts';

/** An enforced client policy checks names exactly, so a wildcard name could never match. */
export const noWildcardNames: Rule<VirtualGatewaySpec> = ({ backendDefaults }) =>
  wildcardViolations(backendDefaults?.clientPolicy, 'spec.backendDefaults.clientPolicy');

/** Every rule of a virtual gateway's spec. */
export const virtualGatewayRules: readonly Rule<VirtualGatewaySpec>[] = [
  distinctPorts,
  poolProtocol,
  healthCheckPort,
  noWildcardNames,
];
