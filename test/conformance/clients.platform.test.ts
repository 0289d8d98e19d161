import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Platform, startPlatform } from '../../local/platform.ts';
import type { MakeClient } from './app-mesh-client.ts';
import { appMeshSuite } from './app-mesh-suite.ts';
import { awsCliClient } from './aws-cli-client.ts';
import { type AwsProfiles, writeAwsProfiles } from './aws-profiles.ts';
import { boto3Client } from './boto3-client.ts';
import { commandSuite } from './command-suite.ts';
import { sdkClient } from './sdk-client.ts';
import { TERRAFORM_MS, terraformSuite } from './terraform-suite.ts';

/** Everything on one platform: starting it costs more than most of the clients. */
interface World {
  readonly platform: Platform;
  readonly profiles: AwsProfiles;
  /** With `.local/run.json`. */
  readonly directory: string;
}

/** A hundred processes of the AWS CLI take their time on a busy machine. */
const STORY_MS = 300_000;

const started = new AsyncDisposableStack();
let world: World;

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-clients-'));
  started.defer(() => rmSync(directory, { recursive: true }));
  process.env['WEIR_RUN_FILE'] = join(directory, '.local', 'run.json');
  const platform = await startPlatform();
  started.defer(() => platform.stop());
  const profiles = writeAwsProfiles(platform);
  started.defer(() => rmSync(profiles.folder, { recursive: true }));
  world = { platform, profiles, directory };
}, STORY_MS);

afterAll(() => started.disposeAsync());

const clients: Readonly<Record<string, MakeClient>> = {
  '@aws-sdk/client-app-mesh': sdkClient,
  boto3: boto3Client,
  'the AWS CLI': awsCliClient,
};

describe.each(Object.entries(clients))('%s', { timeout: STORY_MS }, (name, makeClient) => {
  appMeshSuite(() => ({
    meshName: `of ${name.replace('/', ' ')}`,
    owner: world.platform.account,
    client: (profile) => makeClient(world.profiles.environment, profile),
  }));
});

const sdk = () => sdkClient(world.profiles.environment, 'weir');

describe('Terraform', { timeout: TERRAFORM_MS }, () => {
  terraformSuite(() => ({
    folder: world.profiles.folder,
    environment: { ...world.profiles.environment, AWS_PROFILE: 'weir' },
    endpoint: world.platform.urls.appmesh,
    otherClient: sdk,
  }));
});

describe('the weir command', () => {
  commandSuite(() => ({ ...world, appMesh: sdk }));
});
