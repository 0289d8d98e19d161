import type { ListenerTls, PortMapping, TlsValidationContext } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { CertificateSourceIr, PeerValidationIr, ServerTlsIr, TrustSourceIr } from './tls-ir.ts';

/** How a listener takes connections: in plain text, encrypted (`tls` is set), or either (`plainText` too). */
export interface ListenerSecurity {
  readonly tls?: ServerTlsIr;
  readonly plainText: boolean;
}

/** A listener's TLS. `place` is the listener's `tls` field. */
export function listenerSecurity(
  draft: ProxyDraft,
  tls: ListenerTls | undefined,
  protocol: PortMapping['protocol'],
  place: SpecPath,
): ListenerSecurity {
  if (tls === undefined || !takesTls(tls)) return { plainText: true };
  const at = { ...place, path: `${place.path}.validation` };
  const clients = tls.validation && peerValidation(draft, tls.validation, [], at, 'degraded');
  return {
    tls: {
      certificate: certificateSource(tls.certificate),
      ...(clients && { clients }),
      applicationProtocols: applicationProtocols(protocol),
    },
    plainText: tls.mode === 'PERMISSIVE',
  };
}

/** Whether a listener with this `tls` answers a TLS handshake. */
export function takesTls(tls: ListenerTls | undefined): boolean {
  return tls !== undefined && tls.mode !== 'DISABLED';
}

/** ALPN of a protocol: exactly what the codec behind it speaks. */
export function applicationProtocols(protocol: PortMapping['protocol']): readonly string[] {
  if (protocol === 'tcp') return [];
  return protocol === 'http' ? ['http/1.1'] : ['h2'];
}

/** Where a declared certificate comes from. */
export function certificateSource({ acm, file, sds }: ListenerTls['certificate']): CertificateSourceIr {
  if (file !== undefined) return { kind: 'file', chain: file.certificateChain, privateKey: file.privateKey };
  return sds !== undefined
    ? { kind: 'sds', secret: sds.secretName }
    : { kind: 'acm', certificateArn: acm.certificateArn };
}

/**
 * How a peer's certificate is checked: against the declared names, else against `otherwise`. Names are compared exactly (App
 * Mesh: "doesn't support wildcard DNS SANs"), so one with a `*` is reported as `wildcard` says.
 */
export function peerValidation(
  draft: ProxyDraft,
  { trust, subjectAlternativeNames }: TlsValidationContext,
  otherwise: readonly string[],
  place: SpecPath,
  wildcard: 'invalid' | 'degraded',
): PeerValidationIr {
  const declared = subjectAlternativeNames?.match.exact ?? [];
  declared.forEach((name, i) => {
    const at = { ...place, path: `${place.path}.subjectAlternativeNames.match.exact[${i}]` };
    if (name.includes('*')) report(draft, wildcard, at, `${name} is compared as it stands: a wildcard matches nothing`);
  });
  const names = declared.length > 0 ? declared : otherwise;
  return { trust: trustSource(trust), names: [...new Set(names)].sort() };
}

function trustSource({ acm, file, sds }: TlsValidationContext['trust']): TrustSourceIr {
  if (file !== undefined) return { kind: 'file', chain: file.certificateChain };
  if (sds !== undefined) return { kind: 'sds', secret: sds.secretName };
  return { kind: 'acm-pca', authorityArns: [...new Set(acm.certificateAuthorityArns)].sort() };
}
