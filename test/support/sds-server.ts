import { rmSync } from 'node:fs';
import http2 from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { type Secret, SecretSchema } from '#envoy-protos/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import {
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '#envoy-protos/envoy/service/discovery/v3/discovery_pb.js';
import { FrameReader, frame } from '../../proxy/agent/grpc-frames.ts';
import type { TestCertificate } from './certificates.ts';

const bytes = (pem: string) => ({ specifier: { case: 'inlineBytes' as const, value: Buffer.from(pem) } });

/** A secret with a certificate and its key. */
export function certificateSecret(name: string, { certificate, privateKey }: TestCertificate): Secret {
  const value = { certificateChain: bytes(certificate), privateKey: bytes(privateKey) };
  return create(SecretSchema, { name, type: { case: 'tlsCertificate', value } });
}

/** A secret with certificates to trust. */
export function trustSecret(name: string, { certificate }: Pick<TestCertificate, 'certificate'>): Secret {
  return create(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: bytes(certificate) } } });
}

/** A task's own SDS server on a unix socket, as SPIRE's agent is one; resolves with what ends it. */
export async function serveSecrets(path: string, secrets: readonly Secret[]): Promise<() => void> {
  const server = http2.createServer();
  const streams = new Set<http2.ServerHttp2Stream>();
  server.on('stream', (stream) => {
    streams.add(stream);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('error', () => {});
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      for (const message of reader.push(chunk)) answer(stream, message, secrets);
    });
  });
  rmSync(path, { force: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return () => {
    for (const stream of streams) stream.destroy();
    server.close();
  };
}

function answer(stream: http2.ServerHttp2Stream, message: Buffer, secrets: readonly Secret[]): void {
  const request = fromBinary(DiscoveryRequestSchema, message);
  if (request.versionInfo !== '') return;
  const wanted = secrets.filter(({ name }) => request.resourceNames.includes(name));
  const response = create(DiscoveryResponseSchema, {
    versionInfo: '1',
    nonce: '1',
    typeUrl: request.typeUrl,
    resources: wanted.map((secret) => anyPack(SecretSchema, secret)),
  });
  stream.write(frame(Buffer.from(toBinary(DiscoveryResponseSchema, response))));
}
