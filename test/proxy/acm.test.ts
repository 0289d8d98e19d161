import { createPrivateKey } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { SecretSchema } from '#envoy-protos/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { acmSecretName } from '#mesh/envoy/secret-name.ts';
import { acmIssuer } from '../../proxy/agent/acm.ts';
import type { HttpRequest } from '../../proxy/agent/http-request.ts';
import { secretResource } from '../../proxy/agent/secret-message.ts';
import { parseSecretName } from '../../proxy/agent/secret-order.ts';
import { certificateAuthority } from '../support/certificates.ts';

const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/0123-ab';
const authorityArns = [1, 2].map((n) => `arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/${n}`);
const ca = certificateAuthority();
const leaf = ca.issue('orders.shop.local');

/** ACM as far as the agent asks it: it encrypts the key under the passphrase it is given. */
function answering(answers: Record<string, (input: Record<string, string>) => object | string>) {
  const requests: HttpRequest[] = [];
  const issuer = acmIssuer({
    endpoints: {},
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
    request: async (request) => {
      requests.push(request);
      const operation = request.headers?.['x-amz-target']?.split('.')[1] ?? '';
      const answer = answers[operation]?.(JSON.parse(request.body ?? '') as Record<string, string>) ?? 'none';
      return typeof answer === 'string'
        ? { status: 400, body: Buffer.from(JSON.stringify({ __type: answer })) }
        : { status: 200, body: Buffer.from(JSON.stringify(answer)) };
    },
  });
  return { issuer, requests };
}

const exported = ({ Passphrase = '' }) => ({
  Certificate: leaf.certificate,
  CertificateChain: ca.certificate,
  PrivateKey: createPrivateKey(leaf.privateKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: Buffer.from(Passphrase, 'base64').toString(),
  }),
});

describe('the name of a secret', () => {
  test('is read by the agent as the compiler writes it', () => {
    const name = (kind: 'acm' | 'acm-chain') => parseSecretName(acmSecretName({ kind, certificateArn }));
    expect(name('acm')).toEqual({ kind: 'certificate', certificateArn });
    expect(name('acm-chain')).toEqual({ kind: 'root', certificateArn });
    expect(parseSecretName(acmSecretName({ kind: 'acm-pca', authorityArns }))).toEqual({
      kind: 'authorities',
      authorityArns,
    });
  });

  test.each(['', 'acm-certificate:', 'acm-certificate:arn:aws:iam::1:server-certificate/x', 'ROOTCA', 'x:y'])(
    'is not taken for an order when it is none: %s',
    (name) => expect(parseSecretName(name)).toBeUndefined(),
  );
});

describe('ACM', () => {
  test('gives a certificate with its key decrypted, asked in the region of the ARN', async () => {
    const { issuer, requests } = answering({ ExportCertificate: exported });
    const material = await issuer({ kind: 'certificate', certificateArn });
    expect(requests[0]?.url).toBe('https://acm.eu-west-1.amazonaws.com/');
    expect(requests[0]?.headers?.['authorization']).toContain('/eu-west-1/acm/aws4_request');
    const { type } = fromBinary(SecretSchema, secretResource('s', material).body);
    const text = (source: { specifier: { value?: unknown } } | undefined) =>
      Buffer.from((source?.specifier.value ?? '') as Uint8Array).toString();
    if (type.case !== 'tlsCertificate') throw new Error(`a ${type.case}`);
    expect(text(type.value.certificateChain)).toBe(leaf.certificate + ca.certificate);
    expect(createPrivateKey(text(type.value.privateKey)).equals(createPrivateKey(leaf.privateKey))).toBe(true);
  });

  test('has the root of a certificate at the end of its chain', async () => {
    const { issuer } = answering({
      GetCertificate: () => ({ Certificate: leaf.certificate, CertificateChain: ca.certificate }),
    });
    expect(await issuer({ kind: 'root', certificateArn })).toEqual({ trusted: ca.certificate });
  });

  test('has every authority that a client policy trusts', async () => {
    const other = certificateAuthority('other root');
    const { issuer, requests } = answering({
      GetCertificateAuthorityCertificate: ({ CertificateAuthorityArn }) => ({
        Certificate: CertificateAuthorityArn === authorityArns[0] ? ca.certificate : other.certificate.trim(),
      }),
    });
    const material = await issuer({ kind: 'authorities', authorityArns });
    expect(material).toEqual({ trusted: ca.certificate + other.certificate });
    expect(requests[0]?.url).toBe('https://acm-pca.eu-west-1.amazonaws.com/');
  });

  test('that refuses is quoted with the permission the task role lacks', async () => {
    const { issuer } = answering({ ExportCertificate: () => 'AccessDeniedException' });
    await expect(issuer({ kind: 'certificate', certificateArn })).rejects.toMatchObject({
      denied: true,
      action: 'acm:ExportCertificate',
      message: expect.stringContaining(`may not acm:ExportCertificate on ${certificateArn}`),
    });
  });

  test('is not believed when the key is of another certificate', async () => {
    const { issuer } = answering({
      ExportCertificate: (input) => ({ ...exported(input), Certificate: ca.issue('x').certificate }),
    });
    await expect(issuer({ kind: 'certificate', certificateArn })).rejects.toThrow('key is not the certificate');
  });
});
