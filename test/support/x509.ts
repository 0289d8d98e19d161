import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';

/** What a certificate of a test says. */
export interface CertificateContent {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  /** Key of the issuer. */
  readonly signingKey: KeyObject;
  /** Host names and URIs it is for; absent: it is an authority. */
  readonly names?: readonly string[];
}

/** ASN.1 tags and object identifiers (RFC 5280), as they stand in DER. */
const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, text: 12, utcTime: 23, sequence: 48, set: 49 } as const;
const OID = {
  ecdsaWithSha256: '06082a8648ce3d040302',
  commonName: '0603550403',
  alternativeName: '0603551d11',
  basicConstraints: '0603551d13',
  keyUsage: '0603551d0f',
} as const;
const KEY_CERT_SIGN = Buffer.from('0106', 'hex');
const DAY_MS = 86_400_000;

/** A new P-256 key pair. */
export const newKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An X.509 certificate, valid from yesterday to tomorrow, in PEM. Node can read certificates, but makes none. */
export function signCertificate({ subject, issuer, publicKey, signingKey, names }: CertificateContent): string {
  const algorithm = sequence(oid('ecdsaWithSha256'));
  const content = sequence(
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...(names === undefined ? authorityExtensions() : [alternativeNames(names)]))),
  );
  const signature = der(TAG.bits, Buffer.concat([Buffer.from([0]), sign('sha256', content, signingKey)]));
  return new X509Certificate(sequence(content, algorithm, signature)).toString();
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...length(body.length)]), body]);
}

/** DER takes the shortest form only. */
function length(size: number): number[] {
  if (size < 128) return [size];
  return size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
}

const sequence = (...parts: readonly Buffer[]) => der(TAG.sequence, ...parts);
const oid = (id: keyof typeof OID) => Buffer.from(OID[id], 'hex');
const name = (text: string) => sequence(der(TAG.set, sequence(oid('commonName'), der(TAG.text, Buffer.from(text)))));

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(TAG.utcTime, Buffer.from(text.slice(2)));
}

const extension = (id: keyof typeof OID, isCritical: boolean, value: Buffer) =>
  sequence(oid(id), ...(isCritical ? [der(TAG.boolean, Buffer.from([255]))] : []), der(TAG.octets, value));

const authorityExtensions = () => [
  extension('basicConstraints', true, sequence(der(TAG.boolean, Buffer.from([255])))),
  extension('keyUsage', true, der(TAG.bits, KEY_CERT_SIGN)),
];

/** GeneralName: dNSName is [2], uniformResourceIdentifier is [6]. */
const alternativeNames = (names: readonly string[]) =>
  extension(
    'alternativeName',
    false,
    sequence(...names.map((text) => der(text.includes('://') ? 0x86 : 0x82, Buffer.from(text)))),
  );
