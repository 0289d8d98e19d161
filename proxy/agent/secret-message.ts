import { createHash } from 'node:crypto';
import { delimited } from './protobuf.ts';
import type { Resource } from './resources.ts';

/** A certificate chain with its private key, or certificates to trust; all PEM. */
export type SecretMaterial = { readonly chain: string; readonly privateKey: string } | { readonly trusted: string };

/** Secret.tls_certificate (2) and .validation_context (4); TlsCertificate 1 and 2; CertificateValidationContext.trusted_ca (1). */
const TLS_CERTIFICATE = 2;
const VALIDATION_CONTEXT = 4;

/** `envoy.extensions.transport_sockets.tls.v3.Secret`. The version is of the content: what did not change is not sent again. */
export function secretResource(name: string, material: SecretMaterial): Resource {
  const body = Buffer.concat([delimited(1, name), content(material)]);
  return { body, version: createHash('sha256').update(body).digest('hex').slice(0, 16) };
}

function content(material: SecretMaterial): Buffer {
  if ('trusted' in material) return delimited(VALIDATION_CONTEXT, inline(1, material.trusted));
  return delimited(TLS_CERTIFICATE, Buffer.concat([inline(1, material.chain), inline(2, material.privateKey)]));
}

/** A DataSource with inline_bytes (2). */
function inline(field: number, pem: string): Buffer {
  return delimited(field, delimited(2, pem));
}
