import { createPrivateKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { TestAuthority, TestCertificate } from '../support/certificates.ts';

/** ARNs of the stand-in's one certificate and its authority. */
export const CERTIFICATE_ARN = 'arn:aws:acm:us-east-1:000000000000:certificate/0a-1b';
export const AUTHORITY_ARN = 'arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/2c-3d';

/**
 * ACM and ACM PCA as far as a task role asks them, on a port of our own: the key leaves encrypted under the passphrase that came
 * with the request, and `denied` operations are answered as IAM would. (MiniStack has no private CAs.)
 */
export class AcmStandIn {
  certificate: TestCertificate;
  readonly denied = new Set<string>();
  readonly #authority: TestAuthority;
  #server: Server | undefined;

  constructor(authority: TestAuthority, certificate: TestCertificate) {
    this.#authority = authority;
    this.certificate = certificate;
  }

  /** Starts answering; resolves with its URL. */
  async start(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const operation = `${request.headers['x-amz-target']}`.split('.')[1] ?? '';
        const input = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
        const isSigned = request.headers.authorization?.startsWith('AWS4-HMAC-SHA256') === true;
        const answer = isSigned && !this.denied.has(operation) ? this.#answer(operation, input) : undefined;
        response.writeHead(answer === undefined ? 400 : 200);
        response.end(JSON.stringify(answer ?? { __type: 'AccessDeniedException', Message: 'not authorized' }));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #answer(operation: string, input: Record<string, string>): object | undefined {
    const { certificate, privateKey } = this.certificate;
    const chain = { Certificate: certificate, CertificateChain: this.#authority.certificate };
    if (operation === 'GetCertificate') return input['CertificateArn'] === CERTIFICATE_ARN ? chain : undefined;
    if (operation === 'GetCertificateAuthorityCertificate')
      return input['CertificateAuthorityArn'] === AUTHORITY_ARN
        ? { Certificate: this.#authority.certificate }
        : undefined;
    if (operation !== 'ExportCertificate') return undefined;
    const passphrase = Buffer.from(input['Passphrase'] ?? '', 'base64').toString();
    const format = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
    return { ...chain, PrivateKey: createPrivateKey(privateKey).export(format) };
  }
}
