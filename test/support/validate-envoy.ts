import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvoyResources } from '#mesh/envoy/translate.ts';
import { envoyBinary } from './envoy-binary.ts';
import { staticBootstrap } from './static-bootstrap.ts';
import { withTaskFiles } from './task-files.ts';

/** Loads resources in a real Envoy (`--mode validate`): `undefined` when it takes them, else what it says. */
export function refusalOf(envoy: EnvoyResources): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'weir-validate-'));
  const file = join(folder, 'bootstrap.json');
  writeFileSync(file, JSON.stringify(withTaskFiles(staticBootstrap(envoy))));
  // Not through a pipe: Node's pipes are sockets, which Envoy cannot open as the access log `/dev/stdout`.
  const { status, stderr } = spawnSync(envoyBinary(), ['--mode', 'validate', '-c', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(folder, { recursive: true });
  return status === 0 ? undefined : stderr;
}
