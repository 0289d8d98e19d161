import type { AwsCloudMapServiceDiscovery, DnsServiceDiscovery } from '#mesh/model/spec.gen.ts';
import { dnsFamily, ipPreference, preferredAddress } from './ip-preference.ts';
import type { NodeListener } from './node-listener.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { DnsClusterIr, EdsClusterIr, EndpointIr } from './proxy-ir.ts';
import type { UpstreamIr } from './upstream.ts';

/** The cluster of a node that is found as its spec says; `undefined`, with a finding, when the spec does not say. */
export function declaredCluster(
  draft: ProxyDraft,
  name: string,
  target: NodeListener,
  upstream: UpstreamIr,
): DnsClusterIr | EdsClusterIr | undefined {
  const { dns, awsCloudMap } = target.node.spec.serviceDiscovery ?? {};
  if (dns !== undefined) return dnsCluster(draft, name, target, dns, upstream);
  if (awsCloudMap !== undefined) return cloudMapCluster(draft, name, target, awsCloudMap, upstream);
  const place = { resource: target.node, path: 'spec.serviceDiscovery' };
  const reason = 'nobody can find this virtual node: it has no service discovery and no ECS service';
  report(draft, 'invalid', place, reason);
  return undefined;
}

/** `LOADBALANCER` (the default) takes any one address of the answer, `ENDPOINTS` makes each an endpoint. */
function dnsCluster(
  draft: ProxyDraft,
  name: string,
  { node, listener, position }: NodeListener,
  { hostname, responseType }: DnsServiceDiscovery,
  upstream: UpstreamIr,
): DnsClusterIr {
  const addresses = responseType === 'ENDPOINTS' ? 'all' : 'one';
  if (addresses === 'one' && listener.outlierDetection !== undefined) {
    const place = { resource: node, path: `spec.listeners[${position}].outlierDetection` };
    report(draft, 'degraded', place, 'ejects nobody behind DNS LOADBALANCER, which is one endpoint: use ENDPOINTS');
  }
  const family = dnsFamily(ipPreference(draft.index, node));
  return { kind: 'dns', name, hostname, port: listener.portMapping.port, addresses, family, ...upstream };
}

/** Instances that have every declared attribute, at the address the IP preference chooses, on the listener's port. */
function cloudMapCluster(
  draft: ProxyDraft,
  name: string,
  { node, listener }: NodeListener,
  { attributes = [] }: AwsCloudMapServiceDiscovery,
  upstream: UpstreamIr,
): EdsClusterIr {
  const preference = ipPreference(draft.index, node);
  const instances = draft.index.view.cloudMap?.get(node.name) ?? [];
  const members = instances
    .filter(({ attributes: own }) => attributes.every(({ key, value }) => own[key] === value))
    .flatMap(({ ipv4, ipv6, zone }): EndpointIr[] => {
      const address = preferredAddress(preference, { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) });
      const port = listener.portMapping.port;
      return address === undefined ? [] : [zone === undefined ? { address, port } : { address, port, zone }];
    });
  return { kind: 'eds', name, endpoints: distinct(members), ...upstream };
}

/** Each endpoint once, in an order that does not depend on the one they came in. */
export function distinct(endpoints: readonly EndpointIr[]): EndpointIr[] {
  const byText = new Map(endpoints.map((item) => [JSON.stringify(item), item]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
