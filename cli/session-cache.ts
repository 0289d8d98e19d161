import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Texts kept between runs of the command, by what they were made from. */
export interface SessionCache {
  readonly read: (key: readonly string[]) => string | undefined;
  readonly write: (key: readonly string[], text: string) => void;
}

/** Where caches belong: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_CACHE_HOME'];
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'weir', 'credentials');
}

/**
 * A cache of secrets: files of this user alone (0600 in a 0700 directory), written whole or not at all. A file that anybody
 * else may read or that is not ours is not believed. What cannot be written is not kept, which is no error.
 */
export function sessionCache(directory: string): SessionCache {
  const fileOf = (key: readonly string[]): string =>
    join(directory, `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.json`);
  return {
    read(key) {
      try {
        const { uid, mode } = statSync(fileOf(key));
        return uid === process.getuid?.() && (mode & 0o077) === 0 ? readFileSync(fileOf(key), 'utf8') : undefined;
      } catch {
        return undefined;
      }
    },
    write(key, text) {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        const unfinished = join(directory, `.${randomBytes(8).toString('hex')}`);
        writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' });
        renameSync(unfinished, fileOf(key));
      } catch {
        // A read-only home: the next run asks Weir again.
      }
    },
  };
}
