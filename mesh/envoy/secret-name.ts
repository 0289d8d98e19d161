import type { CertificateSourceIr, TrustSourceIr } from '#mesh/ir/tls-ir.ts';

/**
 * Names of the secrets that only the agent can fill: it reads from them what to ask of whom (`proxy/agent/secret-order.ts`).
 * They are all that the control plane, its store and its news know of a certificate.
 */
export function acmSecretName(
  source: Extract<CertificateSourceIr | TrustSourceIr, { kind: 'acm' | 'acm-chain' | 'acm-pca' }>,
): string {
  if (source.kind === 'acm-pca') return `acm-pca-trust:${source.authorityArns.join(',')}`;
  return `${source.kind === 'acm' ? 'acm-certificate' : 'acm-trust'}:${source.certificateArn}`;
}
