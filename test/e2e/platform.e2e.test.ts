import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { type Platform, type PlatformOptions, startPlatform } from '../../local/platform.ts';
import { descendants, isListening, listeners, processes } from '../support/given-when-then-processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
const runFile = join(folder, 'run.json');
process.env['WEIR_RUN_FILE'] = runFile;

let running: Platform | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(options: PlatformOptions = {}): Promise<Platform> {
  running = await startPlatform(options);
  return running;
}

const awsCli = join(import.meta.dirname, '../../.local/venv-test/bin/aws');
const run = promisify(execFile);

test.skipIf(!existsSync(awsCli))('the AWS CLI creates, lists, updates and deletes a mesh and a node', async () => {
  const { urls, region, credentials } = await start();
  const environment = {
    PATH: process.env['PATH'],
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: urls.appmesh,
  };
  const appmesh = async (command: string, input: Record<string, unknown>) => {
    const args = ['appmesh', command, '--cli-input-json', JSON.stringify(input), '--output', 'json'];
    return JSON.parse((await run(awsCli, args, { env: environment })).stdout);
  };
  const meshName = 'by-hand';
  const node = { meshName, virtualNodeName: 'web' };
  const listeners = [{ portMapping: { port: 8080, protocol: 'http' } }];
  const serviceDiscovery = { dns: { hostname: 'web.local' } };

  expect((await appmesh('create-mesh', { meshName })).mesh.status.status).toBe('ACTIVE');
  expect(
    (await appmesh('create-virtual-node', { ...node, spec: { listeners, serviceDiscovery } })).virtualNode,
  ).toMatchObject({ virtualNodeName: 'web', metadata: { version: 1 } });
  expect((await appmesh('list-virtual-nodes', { meshName })).virtualNodes).toMatchObject([{ virtualNodeName: 'web' }]);
  const logging = { accessLog: { file: { path: '/dev/stdout' } } };
  const updated = await appmesh('update-virtual-node', { ...node, spec: { listeners, serviceDiscovery, logging } });
  expect(updated.virtualNode).toMatchObject({ spec: { logging }, metadata: { version: 2 } });
  await expect(appmesh('delete-mesh', { meshName })).rejects.toThrow('ResourceInUseException');
  expect((await appmesh('delete-virtual-node', node)).virtualNode.status.status).toBe('DELETED');
  await appmesh('delete-mesh', { meshName });
  expect((await appmesh('list-meshes', {})).meshes).toEqual([]);
});

test('a platform listens on loopback alone, and when stopped leaves no process, no socket and no run.json', async () => {
  const platform = await start();
  const open = listeners(descendants(process.pid).map(({ pid }) => pid));
  expect(open.length).toBeGreaterThan(0);
  expect(open.filter((address) => !address.startsWith('127.'))).toEqual([]);
  expect(existsSync(runFile)).toBe(true);

  await platform.stop();

  expect(belongingTo(platform)).toEqual([]);
  expect(children()).toEqual([]);
  expect(open.filter(isListening)).toEqual([]);
  expect(existsSync(runFile)).toBe(false);
});

test('a template that does not deploy is refused with its reason, and nothing is left running', async () => {
  const template = join(folder, 'broken.yaml');
  const resources = ['  Broken:', '    Type: AWS::KMS::Key', '    Properties: { KeySpec: NO_SUCH }'];
  writeFileSync(template, ['Resources:', ...resources, ''].join('\n'));
  await expect(start({ template })).rejects.toThrow(/Broken \(AWS::KMS::Key\): .*NO_SUCH/);

  expect(children()).toEqual([]);
  rmSync(template);
});

/** What runs for this platform wherever it was moved in the process tree: everything in it knows its AWS by this URL. */
const belongingTo = ({ urls }: Platform) =>
  processes()
    .filter(({ pid, environment }) => pid !== process.pid && environment['AWS_ENDPOINT_URL'] === urls.aws)
    .map(({ command }) => command);

/** What this process has started and is still there; esbuild's service is the builder's, kept for its next build. */
const children = () =>
  descendants(process.pid)
    .filter(({ pid, command }) => pid !== process.pid && !command.includes('esbuild --service'))
    .map(({ command }) => command);
