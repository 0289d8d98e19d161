import type { TransportSocketJson } from '#envoy-protos/envoy/config/core/v3/base_pb.js';
import type { ConfigSourceJson } from '#envoy-protos/envoy/config/core/v3/config_source_pb.js';
import type { CertificateValidationContextJson } from '#envoy-protos/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
import type { SdsSecretConfigJson } from '#envoy-protos/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import {
  type CommonTlsContextJson,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from '#envoy-protos/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
import type {
  CertificateSourceIr,
  ClientTlsIr,
  PeerValidationIr,
  ServerTlsIr,
  TrustSourceIr,
} from '#mesh/ir/tls-ir.ts';
import { ads, localSecrets } from './config-source.ts';
import { pack } from './extension.ts';
import { acmSecretName } from './secret-name.ts';

const SOCKET = 'envoy.transport_sockets.tls';

/** The TLS of connections that come in; with `clients`, none comes in without a certificate. */
export function downstreamTls({ certificate, clients, applicationProtocols }: ServerTlsIr): TransportSocketJson {
  const typedConfig = pack(DownstreamTlsContextSchema, {
    commonTlsContext: common(certificate, clients, applicationProtocols),
    ...(clients && { requireClientCertificate: true }),
  });
  return { name: SOCKET, typedConfig };
}

/** The TLS of connections that go out. */
export function upstreamTls({
  certificate,
  server,
  serverName,
  applicationProtocols,
}: ClientTlsIr): TransportSocketJson {
  const typedConfig = pack(UpstreamTlsContextSchema, {
    commonTlsContext: common(certificate, server, applicationProtocols),
    ...(serverName !== undefined && { sni: serverName }),
  });
  return { name: SOCKET, typedConfig };
}

function common(
  certificate: CertificateSourceIr | undefined,
  peer: PeerValidationIr | undefined,
  alpnProtocols: readonly string[],
): CommonTlsContextJson {
  return {
    ...(certificate && ownCertificate(certificate)),
    ...(peer && validation(peer)),
    ...(alpnProtocols.length > 0 && { alpnProtocols: [...alpnProtocols] }),
  };
}

function ownCertificate(source: CertificateSourceIr): CommonTlsContextJson {
  if (source.kind !== 'file') return { tlsCertificateSdsSecretConfigs: [secret(source)] };
  const { chain, privateKey } = source;
  return { tlsCertificates: [{ certificateChain: { filename: chain }, privateKey: { filename: privateKey } }] };
}

function validation({ trust, names }: PeerValidationIr): CommonTlsContextJson {
  const matchers = names.map(nameMatcher);
  const context = matchers.length > 0 ? { matchTypedSubjectAltNames: matchers } : {};
  if (trust.kind === 'file') return { validationContext: { trustedCa: { filename: trust.chain }, ...context } };
  return {
    combinedValidationContext: { defaultValidationContext: context, validationContextSdsSecretConfig: secret(trust) },
  };
}

type Matchers = NonNullable<CertificateValidationContextJson['matchTypedSubjectAltNames']>;

/** App Mesh's names are host names or URIs; a certificate's own wildcard still covers the host name that is asked for. */
function nameMatcher(exact: string): Matchers[number] {
  return { sanType: exact.includes('://') ? 'URI' : 'DNS', matcher: { exact } };
}

function secret(source: Exclude<CertificateSourceIr | TrustSourceIr, { kind: 'file' }>): SdsSecretConfigJson {
  if (source.kind === 'sds') return sdsSecret(source.secret, localSecrets);
  return sdsSecret(acmSecretName(source), ads);
}

const sdsSecret = (name: string, sdsConfig: ConfigSourceJson): SdsSecretConfigJson => ({ name, sdsConfig });
