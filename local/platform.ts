import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stop as stopBundler } from 'esbuild';
import { build } from '../scripts/build.ts';
import { startAlarms } from './alarms.ts';
import { startAppMeshFront } from './appmesh-front.ts';
import { type AwsAccess, deploy } from './deploy.ts';
import { type EcsEngine, type EcsEngineOptions, startEcsEngine } from './ecs/engine.ts';
import type { Image } from './ecs/images.ts';
import { envoyBinary } from './envoy-binary.ts';
import { operatorCredentials, type SessionCredentials, weirCredentials } from './identities.ts';
import { imageTable } from './image-table.ts';
import { type MiniStack, startMiniStack } from './ministack.ts';
import { claimNetwork, type Network } from './network.ts';
import { eventBus, taskRoles } from './platform-ports.ts';
import { Processes } from './processes.ts';
import { createRunDirectory } from './run-directory.ts';
import { publishRunFile } from './run-file.ts';

/** A whole Weir on this machine. */
export type Platform = {
  urls: { aws: string; appmesh: string; weir: string; ecs: string };
  region: string;
  account: string;
  /** Weir credentials, for the App Mesh API. */
  credentials: SessionCredentials;
  /** The local operator's role, for everything else. */
  iam: SessionCredentials;
  /** The stack's outputs. */
  outputs: Record<string, string>;
  ecs: EcsEngine;
  processes: Processes;
  network: Network;
  /** Logs of this run: `ministack.log` (with every function's output) and `logs/<task>-<container>.log`. */
  directory: string;
  /** Ends every process, closes every socket and takes `run.json` back. Safe to call again. */
  stop(): Promise<void>;
};

export type PlatformOptions = {
  /** Hears one line per step of the start, and what goes wrong later. */
  log?: (line: string) => void;
  /** Images over those of `local/images.json`. */
  images?: Readonly<Record<string, Image>>;
  /** A template in place of the product's, for tests. */
  template?: string;
  /** For tests of bad days: what becomes of ECS's events, and its waiting times. */
  ecs?: Pick<EcsEngineOptions, 'eventFilter' | 'timing'>;
};

/** What of a run must be given back, last taken first. */
type Resources = { directory: string; network: Network; processes: Processes; held: AsyncDisposableStack };

const TEMPLATE = fileURLToPath(new URL('../template.yaml', import.meta.url));
const STACK = 'weir';
/** Local credentials last a working day; on AWS the template's default is an hour. */
const SESSION_MAX_SECONDS = '43200';

/** Starts everything and publishes `.local/run.json`. When a step fails, all of it is taken back and the error thrown. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const { log = () => {} } = options;
  await using held = new AsyncDisposableStack();
  const directory = createRunDirectory();
  const processes = new Processes();
  held.defer(() => processes.endAll());
  const network = await claimNetwork();
  held.defer(() => network.close());
  const resources = { directory, network, processes, held };
  const ministack = await startAws(resources, log);
  const aws = { endpoint: ministack.url, region: ministack.region, credentials: ministack.root };
  const ecs = await startEcs(resources, ministack, aws, options);
  held.defer(() => ecs.close());
  const outputs = await deployStack(resources, aws, ecs.url, options.template ?? TEMPLATE, log);
  const alarms = startAlarms({ aws, log });
  held.defer(() => alarms.stop());
  const weir = `${ministack.url}/_aws/execute-api/${outputs['ApiId']}`;
  const front = await startAppMeshFront(weir);
  held.defer(() => front.close());
  const urls = { aws: ministack.url, appmesh: front.url, weir, ecs: ecs.url };
  const iam = await operatorCredentials(aws, ministack.account);
  const credentials = await weirCredentials(weir, iam, ministack.region);
  const run = { region: ministack.region, account: ministack.account, credentials, iam };
  held.defer(publishRunFile(directory, { ...urls, console: null, ...run }, processes));
  log('ready');
  const whole = held.move();
  return { urls, ...run, outputs, ecs, processes, network, directory, stop: () => whole.disposeAsync() };
}

async function startAws({ directory, processes, held }: Resources, log: (line: string) => void): Promise<MiniStack> {
  log('starting MiniStack, the AWS of this run ...');
  const folder = join(directory, 'aws');
  mkdirSync(folder);
  processes.removeAtEnd(folder);
  const ministack = await startMiniStack({ processes, folder, logFile: join(directory, 'ministack.log') });
  held.defer(() => ministack.stop());
  return ministack;
}

function startEcs(
  { directory, network, processes }: Resources,
  { region, account }: MiniStack,
  aws: AwsAccess,
  { images, ecs, log = () => {} }: PlatformOptions,
): Promise<EcsEngine> {
  return startEcsEngine({
    region,
    account,
    eventBridge: eventBus(aws),
    stsAssumeRole: taskRoles(aws),
    network,
    processes,
    images: imageTable(images),
    containerEnvironment: {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      WEIR_ENVOY: envoyBinary(),
      WEIR_NODE: process.execPath,
      WEIR_AGENT: join(directory, 'dist', 'agent', 'main.mjs'),
    },
    directory,
    log,
    ...ecs,
  });
}

async function deployStack(
  { directory, processes }: Resources,
  aws: AwsAccess,
  ecsUrl: string,
  template: string,
  log: (line: string) => void,
): Promise<Record<string, string>> {
  const dist = join(directory, 'dist');
  processes.removeAtEnd(dist);
  const bundles = await build(dist);
  log(`deploying template.yaml with ${bundles.length} bundles ...`);
  const parameters = { EcsEndpoint: ecsUrl, SessionMaxSeconds: SESSION_MAX_SECONDS, NotificationReceivers: 'any' };
  const outputs = await deploy({ aws, template, dist, stack: STACK, parameters });
  // esbuild's own process would stay, with all it has read in memory, as long as the run.
  await stopBundler();
  return outputs;
}
