import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { encode } from '#mesh/envoy/encode.ts';
import { compileCase, goldenCases } from '../../support/golden-cases.ts';
import { goldenRequests } from '../../support/golden-requests.ts';

const yaml = (value: unknown) => stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });

const compiled = ['clusters.yaml', 'endpoints.yaml', 'findings.yaml', 'listeners.yaml', 'routes.yaml'];
const written = ['mesh.yaml', 'requests.yaml', ...compiled];

describe.each(goldenCases())('$name', (golden) => {
  const { envoy, findings } = compileCase(golden);

  test('compiles to its goldens', async () => {
    const { listeners, routeConfigurations, virtualHosts, clusters, endpoints } = envoy;
    const documents = { listeners, routes: { routeConfigurations, virtualHosts }, clusters, endpoints, findings };
    for (const [name, document] of Object.entries(documents))
      await expect(yaml(document)).toMatchFileSnapshot(join(golden.folder, `${name}.yaml`));
  });

  test('sends requests where its golden says: which clusters, what share, which rewrite', async () => {
    await expect(yaml(goldenRequests(envoy))).toMatchFileSnapshot(join(golden.folder, 'requests.yaml'));
  });

  test('encodes: every field and extension is known to the schemas', () => {
    expect(() => encode(envoy)).not.toThrow();
  });

  test('has no golden that no test writes', () => {
    const files = readdirSync(golden.folder);
    expect(files.filter((file) => !written.includes(file))).toEqual([]);
  });
});
