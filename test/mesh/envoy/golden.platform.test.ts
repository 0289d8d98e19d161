import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { envoyBinary } from '../../support/envoy-binary.ts';
import { compileCase, goldenCases } from '../../support/golden-cases.ts';
import { staticBootstrap } from '../../support/static-bootstrap.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-validate-'));

/** Not through a pipe: Node's pipes are sockets, which Envoy cannot open as the access log `/dev/stdout`. */
function validate(file: string): { status: number | null; stderr: string } {
  return spawnSync(envoyBinary(), ['--mode', 'validate', '-c', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

test.each(goldenCases())('Envoy accepts $name', (golden) => {
  const file = join(folder, `${golden.name}.json`);
  writeFileSync(file, JSON.stringify(staticBootstrap(compileCase(golden).envoy)));

  const { status, stderr } = validate(file);

  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
});

test('Envoy refuses a resource that is wrong, so that the tests above mean something', () => {
  const [golden] = goldenCases().filter(({ name }) => name === 'first-light');
  if (golden === undefined) throw new Error('no golden named first-light');
  const { envoy } = compileCase(golden);
  const file = join(folder, 'ghost.json');
  const clusters = envoy.clusters.filter(({ name }) => name?.startsWith('cds_ingress'));
  writeFileSync(file, JSON.stringify(staticBootstrap({ ...envoy, clusters })));

  const { status, stderr } = validate(file);

  expect(status).not.toBe(0);
  expect(stderr).toContain("unknown weighted cluster 'cds_egress_shop_orders_http_8080'");
});
