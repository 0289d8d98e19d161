import type { Resource } from '#mesh/model/resource.ts';
import { forBackend } from './client-policy.ts';
import { explicitEgress } from './explicit-egress.ts';
import type { Traffic } from './ingress.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { redirectedEgress } from './redirected-egress.ts';
import type { ServicePorts } from './service-port.ts';
import { servicePorts } from './virtual-service.ts';

/** A virtual service that a node declares as a backend; `position` is its first place in the spec. */
export interface BackendService extends ServicePorts {
  readonly name: string;
  readonly position: number;
}

/** What a virtual node's proxy sends out for its application: its declared backends and what the egress filter lets through. */
export function nodeEgress(draft: ProxyDraft, node: Resource<'virtualNode'>): Traffic {
  const services = backends(draft, node);
  return draft.interception === 'explicit'
    ? explicitEgress(draft, node, services)
    : redirectedEgress(draft, node, services);
}

/** Names of the virtual services a node declares as backends, each once, sorted. */
function backendNames(node: Resource<'virtualNode'>): string[] {
  return [...new Set((node.spec.backends ?? []).map(({ virtualService }) => virtualService.virtualServiceName))].sort();
}

function backends(draft: ProxyDraft, node: Resource<'virtualNode'>): BackendService[] {
  const declared = node.spec.backends ?? [];
  const at = (path: string) => ({ resource: node, path });
  const defaults = {
    declared: node.spec.backendDefaults?.clientPolicy,
    place: at('spec.backendDefaults.clientPolicy.tls'),
  };
  return backendNames(node).map((name) => {
    const position = declared.findIndex(({ virtualService }) => virtualService.virtualServiceName === name);
    const path = `spec.backends[${position}].virtualService`;
    const policy = {
      declared: declared[position]?.virtualService.clientPolicy,
      place: at(`${path}.clientPolicy.tls`),
    };
    const provided = servicePorts(forBackend(draft, policy, defaults), name, at(`${path}.virtualServiceName`));
    return { name, position, ...provided };
  });
}
