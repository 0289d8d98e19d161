import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';

let root: string;
let dist: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-build-'));
  dist = join(root, 'elsewhere/dist');
  put('package.json', '{"type":"module","imports":{"#mesh/*":"./mesh/*"}}');
  put('mesh/name.ts', 'export const name: string = `weir`;');
  put(
    'functions/greet/handler.ts',
    "import { name } from '#mesh/name.ts'; export const handler = async () => ['hello', name].join(' ');",
  );
  put(
    'functions/legacy/handler.ts',
    "import { hostname } from './old.cjs'; export const handler = async () => typeof hostname();",
  );
  put('functions/legacy/old.cjs', "exports.hostname = () => require('node:os').hostname();");
  put('proxy/agent/main.ts', 'console.log("agent");');
  put('proxy/init', '#!/bin/sh\n');
  put('proxy/Dockerfile', 'FROM scratch\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const run = (code: string) =>
  execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim();

test('each function becomes one self-contained bundle, also with CommonJS inside', async () => {
  const bundles = await build(dist, root);
  expect(bundles.map(({ name }) => name).sort()).toEqual(['agent', 'greet', 'legacy']);
  rmSync(join(root, 'mesh'), { recursive: true });
  const call = (name: string) =>
    run(`import { handler } from '${join(dist, name, 'handler.mjs')}'; console.log(await handler());`);
  expect(call('greet')).toBe('hello weir');
  expect(call('legacy')).toBe('string');
});

test('source maps lie beside the deployed folders, not in them', async () => {
  await build(dist, root);
  expect(readdirSync(join(dist, 'greet'))).toEqual(['handler.mjs']);
  expect(existsSync(join(dist, 'maps/greet/handler.mjs.map'))).toBe(true);
});

test('the agent has its supervisor with it, and a list of what went into each bundle is kept', async () => {
  await build(dist, root);
  expect(readdirSync(join(dist, 'agent')).sort()).toEqual(['init', 'main.mjs']);
  const { outputs } = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8'));
  expect(Object.keys(outputs).some((file) => file.endsWith('greet/handler.mjs'))).toBe(true);
});

test('what an earlier build left is gone', async () => {
  put('elsewhere/dist/removed-function/handler.mjs', '');
  await build(dist, root);
  expect(existsSync(join(dist, 'removed-function'))).toBe(false);
});

test('a mistake in a function is told with its place', async () => {
  put('functions/greet/handler.ts', 'import { nothing } from "./missing.ts"; export const handler = nothing;');
  await expect(build(dist, root)).rejects.toThrow(/functions\/greet\/handler\.ts:1:\d+.*missing\.ts/);
});
