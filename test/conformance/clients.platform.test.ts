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
import { sdkClient } from './sdk-client.ts';
import { TERRAFORM_MS, terraformSuite } from './terraform-suite.ts';

let platform: Platform;
let profiles: AwsProfiles;
let runFolder: string;

beforeAll(async () => {
  runFolder = mkdtempSync(join(tmpdir(), 'weir-clients-'));
  process.env['WEIR_RUN_FILE'] = join(runFolder, 'run.json');
  platform = await startPlatform();
  profiles = writeAwsProfiles(platform);
});

afterAll(async () => {
  await platform?.stop();
  for (const folder of [runFolder, profiles?.folder]) rmSync(folder, { recursive: true, force: true });
});

const clients: Readonly<Record<string, MakeClient>> = {
  '@aws-sdk/client-app-mesh': sdkClient,
  boto3: boto3Client,
  'the AWS CLI': awsCliClient,
};

describe.each(Object.entries(clients))('%s', (name, makeClient) => {
  appMeshSuite(() => ({
    meshName: `of ${name.replace('/', ' ')}`,
    owner: platform.account,
    client: (profile) => makeClient(profiles.environment, profile),
  }));
});

describe('Terraform', { timeout: TERRAFORM_MS }, () => {
  terraformSuite(() => ({
    folder: profiles.folder,
    environment: { ...profiles.environment, AWS_PROFILE: 'weir' },
    endpoint: platform.urls.appmesh,
    otherClient: () => sdkClient(profiles.environment, 'weir'),
  }));
});
