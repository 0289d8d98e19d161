import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  const root = files(folder, 'root');
  openssl(['req', '-x509', '-subj', `/CN=${name}`, ...newKey(root), '-days', '2', '-out', root.certificateFile]);
  let issued = 0;
  return {
    ...read(root),
    issue: (...names) => {
      const own = files(folder, `leaf-${++issued}`);
      const extensions = join(folder, `leaf-${issued}.cnf`);
      writeFileSync(extensions, `subjectAltName=${names.map(alternativeName).join(',')}\n`);
      const request = join(folder, `leaf-${issued}.csr`);
      openssl(['req', '-new', '-subj', `/CN=leaf ${issued}`, ...newKey(own), '-out', request]);
      const signing = ['-CA', root.certificateFile, '-CAkey', root.privateKeyFile, '-CAcreateserial'];
      openssl([
        'x509',
        '-req',
        '-in',
        request,
        ...signing,
        '-days',
        '1',
        '-extfile',
        extensions,
        '-out',
        own.certificateFile,
      ]);
      return read(own);
    },
  };
}

type Files = Pick<TestCertificate, 'certificateFile' | 'privateKeyFile'>;

const files = (folder: string, name: string): Files => ({
  certificateFile: join(folder, `${name}.pem`),
  privateKeyFile: join(folder, `${name}.key`),
});

const newKey = ({ privateKeyFile }: Files) => [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  privateKeyFile,
];

const alternativeName = (name: string) => (name.includes('://') ? `URI:${name}` : `DNS:${name}`);

const read = (own: Files): TestCertificate => ({
  ...own,
  certificate: readFileSync(own.certificateFile, 'utf8'),
  privateKey: readFileSync(own.privateKeyFile, 'utf8'),
});

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
