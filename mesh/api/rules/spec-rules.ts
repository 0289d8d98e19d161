import type { ResourceKind, SpecOf } from '#mesh/model/resource.ts';
import type { Violation } from '../validate.ts';
import { gatewayRouteRules } from './gateway-route.ts';
import { distinctPorts } from './listener.ts';
import { routeRules } from './route.ts';
import type { Rule } from './rule.ts';
import { virtualGatewayRules } from './virtual-gateway.ts';
import { virtualNodeRules } from './virtual-node.ts';

const rules: { readonly [K in ResourceKind]: readonly Rule<SpecOf[K]>[] } = {
  mesh: [],
  virtualNode: virtualNodeRules,
  virtualRouter: [distinctPorts],
  route: routeRules,
  virtualService: [],
  virtualGateway: virtualGatewayRules,
  gatewayRoute: gatewayRouteRules,
};

/** What a spec that already has the model's shape still breaks. */
export function* specViolations<K extends ResourceKind>(kind: K, spec: SpecOf[K]): Generator<Violation> {
  for (const rule of rules[kind]) yield* rule(spec);
}
