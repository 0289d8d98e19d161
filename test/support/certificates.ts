import type { KeyObject } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newKeyPair, signCertificate } from './x509.ts';

/** A certificate of a test, in PEM and as files; made when a test runs, so that no key is ever committed. */
export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/** A certificate authority that lives as long as its test's folder. */
export interface TestAuthority extends TestCertificate {
  /** Issues a certificate for host names or URIs. */
  issue(...names: readonly string[]): TestCertificate;
}

/** A new P-256 authority with a self-signed root. */
export function certificateAuthority(name = 'test root'): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'weir-certificates-'));
  const root = newKeyPair();
  const signing = { issuer: name, signingKey: root.privateKey };
  let issued = 0;
  return {
    ...written(
      folder,
      'root',
      signCertificate({ ...signing, subject: name, publicKey: root.publicKey }),
      root.privateKey,
    ),
    issue: (...names) => {
      const { publicKey, privateKey } = newKeyPair();
      const subject = `leaf ${++issued}`;
      const certificate = signCertificate({ ...signing, subject, publicKey, names });
      return written(folder, `leaf-${issued}`, certificate, privateKey);
    },
  };
}

function written(folder: string, name: string, certificate: string, key: KeyObject): TestCertificate {
  const [certificateFile, privateKeyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(certificateFile, certificate);
  writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
  return { certificate, privateKey, certificateFile, privateKeyFile };
}
