import { certificateAuthority } from './certificates.ts';

/** Certificate and key files that stand for whatever a spec names: made once, when the first test needs them. */
let made: Readonly<Record<string, string>> | undefined;

function files(): Readonly<Record<string, string>> {
  if (made === undefined) {
    const authority = certificateAuthority();
    const { certificateFile, privateKeyFile } = authority.issue('task.local');
    made = { certificateChain: certificateFile, privateKey: privateKeyFile, trustedCa: authority.certificateFile };
  }
  return made;
}

/** The same JSON with files that exist in place of a task's own, as Envoy opens them when it reads its configuration. */
export function withTaskFiles<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withTaskFiles) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const isFile = typeof item === 'object' && item !== null && 'filename' in item;
    return [key, isFile ? { filename: files()[key] } : withTaskFiles(item)];
  });
  return Object.fromEntries(entries) as T;
}
