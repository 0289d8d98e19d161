import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { type AwsCaller, awsRequest, domain } from './aws-request.ts';
import type { SecretMaterial } from './secret-message.ts';
import { regionOf, type SecretOrder } from './secret-order.ts';

/** ACM or ACM PCA did not give what a secret needs; `denied` when the task role lacks `action` on `resource`. */
export class SecretUnavailable extends Error {
  override name = 'SecretUnavailable';
  readonly action: string;
  readonly resource: string;
  readonly denied: boolean;
  constructor(action: string, resource: string, text: string, denied = false) {
    super(denied ? `the task role may not ${action} on ${resource}: ${text}` : `${action} of ${resource}: ${text}`);
    this.action = action;
    this.resource = resource;
    this.denied = denied;
  }
}

/** Who asks, and other endpoints than AWS's own. */
export interface AcmOptions extends AwsCaller {
  readonly endpoints: { readonly acm?: string; readonly acmPca?: string };
}

/** Gives what a secret is made of. Rejects with {@link SecretUnavailable}, or when the exchange broke. */
export type SecretIssuer = (order: SecretOrder) => Promise<SecretMaterial>;

interface Answer {
  readonly Certificate?: string;
  readonly CertificateChain?: string;
  readonly PrivateKey?: string;
}

/** ACM and ACM PCA, asked by the task role itself: a private key goes from ACM to this process and on to its Envoy, nowhere else. */
export function acmIssuer(options: AcmOptions): SecretIssuer {
  return (order) => {
    if (order.kind === 'authorities') return authorities(options, order.authorityArns);
    return order.kind === 'root' ? root(options, order.certificateArn) : exported(options, order.certificateArn);
  };
}

async function exported(options: AcmOptions, arn: string): Promise<SecretMaterial> {
  const passphrase = randomBytes(24).toString('hex');
  const Passphrase = Buffer.from(passphrase).toString('base64');
  const answer = await call(options, 'ExportCertificate', arn, { CertificateArn: arn, Passphrase });
  const { Certificate = '', CertificateChain = '', PrivateKey = '' } = answer;
  try {
    const key = createPrivateKey({ key: PrivateKey, passphrase });
    if (!new X509Certificate(Certificate).checkPrivateKey(key)) throw new Error('the key is not the certificate’s');
    const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { chain: lines(Certificate, CertificateChain), privateKey };
  } catch (error) {
    throw new SecretUnavailable('acm:ExportCertificate', arn, (error as Error).message);
  }
}

/** The chain of a private certificate ends with its root; one without a chain is its own. */
async function root(options: AcmOptions, arn: string): Promise<SecretMaterial> {
  const answer = await call(options, 'GetCertificate', arn, { CertificateArn: arn });
  const all = certificates(lines(answer.Certificate ?? '', answer.CertificateChain ?? ''));
  const trusted = all.at(-1);
  if (trusted === undefined) throw new SecretUnavailable('acm:GetCertificate', arn, 'the answer holds no certificate');
  return { trusted };
}

async function authorities(options: AcmOptions, arns: readonly string[]): Promise<SecretMaterial> {
  const answers = await Promise.all(
    arns.map((arn) => call(options, 'GetCertificateAuthorityCertificate', arn, { CertificateAuthorityArn: arn })),
  );
  return { trusted: lines(...answers.map(({ Certificate = '' }) => Certificate)) };
}

/** Each PEM text on lines of its own. */
const lines = (...texts: string[]) =>
  texts
    .filter((text) => text !== '')
    .map((text) => `${text.trim()}\n`)
    .join('');

const certificates = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];

const OF_PCA = 'GetCertificateAuthorityCertificate';

async function call(options: AcmOptions, operation: string, arn: string, input: object): Promise<Answer> {
  const region = regionOf(arn);
  const service = operation === OF_PCA ? 'acm-pca' : 'acm';
  const endpoint = service === 'acm' ? options.endpoints.acm : options.endpoints.acmPca;
  const url = new URL(endpoint ?? `https://${service}.${region}.${domain(region)}`);
  const target = `${service === 'acm' ? 'CertificateManager' : 'ACMPrivateCA'}.${operation}`;
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const body = JSON.stringify(input);
  const answer = await awsRequest(options, { service, region, method: 'POST', url, headers, body });
  const text = answer.body.toString();
  if (answer.status === 200) return JSON.parse(text) as Answer;
  throw new SecretUnavailable(`${service}:${operation}`, arn, text.slice(0, 300), text.includes('AccessDenied'));
}
