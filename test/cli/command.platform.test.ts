import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';

let folder: string;
let command: string;
let server: Server;
let requests: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-command-'));
  const bundles = await build(join(folder, 'dist'));
  expect(bundles.map(({ name }) => name)).toContain('cli');
  command = join(folder, 'dist', 'cli', 'main.mjs');
  const issued = { accessKeyId: 'ASIAWEIRX', secretAccessKey: 's', sessionToken: 't' };
  server = createServer((request, response) => {
    requests.push(`${request.headers.authorization?.match(/Credential=(\w+)/)?.[1]} ${request.method} ${request.url}`);
    response.end(JSON.stringify({ ...issued, expiration: new Date(Date.now() + 3_600_000).toISOString() }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true });
});

const endpoint = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** The command as it is installed, in a home of its own. */
function weir(line: readonly string[], environment: Record<string, string> = {}) {
  requests = [];
  const env = {
    HOME: folder,
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...environment,
  };
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [command, ...line], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

const asOwn = { AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'eu-west-1' };
const line = (...more: string[]) => ['credentials', '--mesh', 'shop', '--endpoint', endpoint(), ...more];

test('the installed command asks Weir once, and is then answered from what it kept', async () => {
  const first = await weir(line(), asOwn);
  expect(requests).toEqual(['AKIAOWN POST /weir/v1/session/shop/read']);
  const second = await weir(line(), asOwn);

  expect(requests).toEqual([]);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(first.stdout)).toMatchObject({ Version: 1, AccessKeyId: 'ASIAWEIRX' });
  expect(second).toEqual(first);
});

test('the keys of --profile are the ones that sign', async () => {
  const profile = [
    '[profile own]',
    'region = eu-west-1',
    'aws_access_key_id = AKIAPROFILE',
    'aws_secret_access_key = y',
  ];
  writeFileSync(join(folder, 'config'), profile.join('\n'));

  expect(await weir(line('--profile', 'own'))).toMatchObject({ exitCode: 0, stderr: '' });
  expect(requests).toEqual(['AKIAPROFILE POST /weir/v1/session/shop/read']);
});

test('a profile that would ask itself for ever is told from one that is right', async () => {
  const again = `"${process.execPath}" "${command}" ${line().join(' ')}`;
  writeFileSync(join(folder, 'config'), `[profile weir]\nregion = eu-west-1\ncredential_process = ${again}\n`);
  const { exitCode, stdout, stderr } = await weir(line(), { AWS_PROFILE: 'weir' });

  expect({ exitCode, stdout, requests }).toEqual({ exitCode: 3, stdout: '', requests: [] });
  expect(stderr).toContain(
    'the profile weir (aws sso login); if it gets its credentials from weir itself, add --profile',
  );
});

test('a wrong line ends with 2, a machine without credentials with 3, and neither prints anything to stdout', async () => {
  expect(await weir(['credentials'])).toMatchObject({ exitCode: 2, stdout: '' });
  const { exitCode, stdout, stderr } = await weir(line('--profile', 'nobody'));

  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
  expect(stderr).toContain('Log in to the profile nobody');
});
