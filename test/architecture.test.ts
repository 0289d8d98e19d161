import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../scripts/build.ts';

const root = join(import.meta.dirname, '..');
const kb = 1024;

/**
 * Bundle budgets in KB, minified: every kilobyte is parsed at a cold start (Lambda) or held in every task (agent).
 * Raise one only with the reason in the commit.
 */
const budgets: Readonly<Record<string, number>> = {
  agent: 420,
  cli: 750,
  'mesh-api': 1_100,
};
const defaultBudget = 1_250;

const sources = globSync('{mesh,rollouts,aws,functions,proxy,cli,local,scripts,console}/**/*.{ts,mjs}', {
  cwd: root,
}).filter((file) => !file.endsWith('.gen.ts') && !file.includes('node_modules'));
const tests = globSync('test/**/*.ts', { cwd: root });

interface Bundle {
  readonly name: string;
  readonly bytes: number;
  readonly inputs: readonly string[];
}

let bundles: readonly Bundle[] = [];

function readBundles({ outputs }: Metafile): readonly Bundle[] {
  return Object.values(outputs).flatMap(({ entryPoint, bytes, inputs }) => {
    if (entryPoint === undefined) return [];
    const name = entryPoint.startsWith('proxy/') ? 'agent' : basename(dirname(entryPoint));
    return [{ name, bytes, inputs: Object.keys(inputs) }];
  });
}

beforeAll(async () => {
  const dist = mkdtempSync(join(tmpdir(), 'weir-bundles-'));
  await build(dist);
  bundles = readBundles(JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8')) as Metafile);
  rmSync(dist, { recursive: true });
}, 180_000);

describe('bundles', () => {
  test('each stays within its budget', () => {
    const over = bundles
      .map(({ name, bytes }) => ({ name, kilobytes: Math.ceil(bytes / kb), budget: budgets[name] ?? defaultBudget }))
      .filter(({ kilobytes, budget }) => kilobytes > budget);

    expect(over).toEqual([]);
    expect(bundles.length).toBeGreaterThan(5);
  });

  test('the agent carries nothing of npm but mqtt and what mqtt needs, and nothing of the control plane but mesh/wire', () => {
    const agent = bundles.find(({ name }) => name === 'agent');
    const foreign = agent?.inputs.filter((input) => /node_modules\/(@aws-sdk|@smithy|@bufbuild|@middy)\//.test(input));
    const above = agent?.inputs.filter((input) => /^(aws|functions|rollouts|local|cli|mesh\/(?!wire\/))/.test(input));

    expect(foreign).toEqual([]);
    expect(above).toEqual([]);
  });

  test('no function carries the App Mesh client, a test or local mode', () => {
    const wrong = bundles.flatMap(({ name, inputs }) =>
      inputs.filter((input) => /client-app-mesh|^test\/|^local\//.test(input)).map((input) => `${name}: ${input}`),
    );

    expect(wrong).toEqual([]);
  });
});

describe('layers', () => {
  test('only aws/, local/ and test/ know the AWS SDK', () => {
    const wrong = sources.filter(
      (file) => !/^(aws|local|scripts)\//.test(file) && /from '@aws-sdk\//.test(readFileSync(join(root, file), 'utf8')),
    );

    expect(wrong).toEqual([]);
  });

  test('the pure folders touch no clock, randomness, environment or console', () => {
    const pure = sources.filter((file) => /^(mesh|rollouts)\//.test(file));
    const wrong = pure.filter((file) =>
      /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.env|console\./.test(readFileSync(join(root, file), 'utf8')),
    );

    expect(pure.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  test('names say what a file holds', () => {
    const vague = [...sources, ...tests].filter((file) =>
      /(^|[/-])(utils?|helpers?|common|misc|(?<!http-connection-|secrets-)manager)(\.|\/|-)|(^|\/)index\./.test(file),
    );

    expect(vague).toEqual([]);
  });

  test('a source file stays under 300 lines', () => {
    const long = sources
      .map((file) => `${readFileSync(join(root, file), 'utf8').split('\n').length - 1} ${file}`)
      .filter((line) => Number.parseInt(line, 10) > 300);

    expect(long).toEqual([]);
  });

  test('no committed file names this machine or a registry', () => {
    const files = [...sources, ...tests, 'package.json', 'package-lock.json', 'template.yaml', 'README.md'].filter(
      (file) => existsSync(join(root, file)),
    );
    const wrong = files
      .filter((file) =>
        /"resolved":|\/root\/|registry\.npmjs|files\.pythonhosted/.test(readFileSync(join(root, file), 'utf8')),
      )
      .filter((file) => file !== 'test/architecture.test.ts');

    expect(wrong).toEqual([]);
  });
});
