import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '#mesh/wire/snapshot.ts';
import { isSupported } from './decide.ts';

const FILE = 'snapshot.json';

/** The last snapshot that Envoy acknowledged in whole, kept so that a task starts and restarts without a control plane. */
export class SnapshotCache {
  readonly #directory: string;
  readonly #proxySuffix: string;

  /** `proxySuffix` is the proxy's key without its owner: another proxy's file is never used. */
  constructor(directory: string, proxySuffix: string) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
    this.#proxySuffix = proxySuffix;
  }

  /** The snapshot on disk; `undefined` when there is none of this proxy in a protocol version this agent reads. */
  load(): Snapshot | undefined {
    try {
      const snapshot = JSON.parse(readFileSync(join(this.#directory, FILE), 'utf8')) as Snapshot;
      return isSupported(snapshot.v) && snapshot.proxy.endsWith(this.#proxySuffix) ? snapshot : undefined;
    } catch {
      return undefined;
    }
  }

  /** Replaces the file in one rename: a crash leaves the old one or the new one. */
  save(snapshot: Snapshot): void {
    const temporary = join(this.#directory, `${FILE}.tmp`);
    writeFileSync(temporary, JSON.stringify(snapshot), { mode: 0o600 });
    renameSync(temporary, join(this.#directory, FILE));
  }
}
