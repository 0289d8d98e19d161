import type { Resource } from '#mesh/model/resource.ts';
import type { ClientPolicy, ClientPolicyTls, Listener, ServiceDiscovery } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import { applicationProtocols, certificateSource, peerValidation, takesTls } from './tls.ts';
import type { ClientTlsIr } from './tls-ir.ts';

/** What a client says about TLS to one backend, if anything, with the place where it says so, or could. */
export interface DeclaredPolicy {
  readonly tls?: ClientPolicyTls;
  readonly place: SpecPath;
}

/** The same draft, for what one backend leads to: `policy` is the backend's own, `fallback` its node's or gateway's default. */
export function forBackend(
  draft: ProxyDraft,
  policy: { readonly declared: ClientPolicy | undefined; readonly place: SpecPath },
  fallback: { readonly declared: ClientPolicy | undefined; readonly place: SpecPath } = policy,
): ProxyDraft {
  const { declared, place } = policy.declared === undefined && fallback.declared !== undefined ? fallback : policy;
  return { ...draft, clientPolicy: { place, ...(declared?.tls && { tls: declared.tls }) } };
}

/**
 * TLS towards one listener of a virtual node (user guide, "How App Mesh configures Envoys to negotiate TLS"). A policy that
 * is enforced decides alone; one that is not, and none at all, leave it to the server, whose ACM certificate is then checked
 * against its own root, and whose file or SDS certificate is taken as it comes. A policy speaks for its `ports`, all without.
 */
export function clientTls(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  listener: Listener,
): { readonly tls?: ClientTlsIr } {
  const policy = policyFor(draft.clientPolicy, listener);
  if (!takesTls(listener.tls) && (policy === undefined || policy.tls.enforce === false)) return {};
  const names = discoveryNames(node.spec.serviceDiscovery);
  const [serverName] = names;
  return {
    tls: {
      ...(policy === undefined ? ofServer(listener, names) : ofPolicy(draft, policy, names)),
      ...(serverName !== undefined && { serverName }),
      applicationProtocols: applicationProtocols(listener.portMapping.protocol),
    },
  };
}

/**
 * Of two ways to reach one listener, because two backends of a client lead to it, the stricter: they share App Mesh's one
 * cluster name. A difference is reported.
 */
export function strictest(
  draft: ProxyDraft,
  name: string,
  known: ClientTlsIr | undefined,
  other: ClientTlsIr | undefined,
): { readonly tls?: ClientTlsIr } {
  if (JSON.stringify(known) !== JSON.stringify(other) && draft.clientPolicy !== undefined) {
    const reason = `another backend reaches ${name} with a different client policy: the stricter one counts for both`;
    report(draft, 'degraded', draft.clientPolicy.place, reason);
  }
  const tls = strictness(other) > strictness(known) ? other : known;
  return tls === undefined ? {} : { tls };
}

function strictness(tls: ClientTlsIr | undefined): number {
  if (tls === undefined) return 0;
  return 1 + Number(tls.server !== undefined) * 2 + Number(tls.certificate !== undefined);
}

type EffectivePolicy = Required<DeclaredPolicy>;

function policyFor(policy: DeclaredPolicy | undefined, { portMapping }: Listener): EffectivePolicy | undefined {
  if (policy?.tls === undefined) return undefined;
  const { tls, place } = policy;
  const { ports = [] } = tls;
  return ports.length === 0 || ports.includes(portMapping.port) ? { tls, place } : undefined;
}

type Negotiated = Pick<ClientTlsIr, 'certificate' | 'server'>;

function ofPolicy(draft: ProxyDraft, { tls, place }: EffectivePolicy, names: readonly string[]): Negotiated {
  const { certificate, validation, enforce } = tls;
  const at = { ...place, path: `${place.path}.validation` };
  return {
    ...(certificate && { certificate: certificateSource(certificate) }),
    server: peerValidation(draft, validation, names, at, enforce === false ? 'degraded' : 'invalid'),
  };
}

function ofServer({ tls }: Listener, names: readonly string[]): Negotiated {
  const acm = tls?.certificate.acm;
  if (acm === undefined) return {};
  return { server: { trust: { kind: 'acm-chain', certificateArn: acm.certificateArn }, names } };
}

/** What a server's certificate must say when nobody names it: how it is discovered. */
function discoveryNames(discovery: ServiceDiscovery | undefined): readonly string[] {
  if (discovery?.dns !== undefined) return [discovery.dns.hostname];
  if (discovery?.awsCloudMap === undefined) return [];
  return [`${discovery.awsCloudMap.serviceName}.${discovery.awsCloudMap.namespaceName}`];
}
