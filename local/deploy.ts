import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type Capability,
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { transform } from 'esbuild';
import type { Credentials } from './ministack.ts';
import { readTemplate, type Template } from './template.ts';
import { type ZipEntry, zip } from './zip.ts';

/** Where the APIs of this run's AWS are, and as whom to call them. */
export type AwsAccess = { endpoint: string; region: string; credentials: Credentials };

export type Deployment = {
  aws: AwsAccess;
  /** Path of `template.yaml`; its `CodeUri` and `DefinitionUri` are relative to it, as for the SAM CLI. */
  template: string;
  /** Stands in for the template's `dist/`, so that two runs do not build into one folder. */
  dist?: string;
  stack: string;
  parameters?: Record<string, string>;
};

/** A stack that did not deploy; the message names the resource that failed and why. */
export class DeploymentFailed extends Error {
  override name = 'DeploymentFailed';
}

/** Both the SAM transform and named roles need the caller's word, as with `sam deploy`. */
const CAPABILITIES: Capability[] = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'];
/** MiniStack runs a bootstrap over the real Runtime API only for a custom runtime. */
const RUNTIME = 'provided.al2023';
const RUNTIME_FILE = 'weir-runtime-client.mjs';
const RUNTIME_CLIENT = fileURLToPath(new URL('runtime/client.ts', import.meta.url));
const CHANGE_SET_TIMEOUT_MS = 60_000;
const STACK_TIMEOUT_MS = 180_000;
const POLL_MS = 100;

/**
 * Deploys the template through CloudFormation from the built bundles and answers the stack's outputs. Only what must be
 * local is changed, in memory: where code and definitions lie, and the Lambda runtime. Throws {@link DeploymentFailed}.
 */
export async function deploy(deployment: Deployment): Promise<Record<string, string>> {
  const { aws, stack, parameters = {} } = deployment;
  const template = readTemplate(deployment.template);
  const client = { endpoint: aws.endpoint, region: aws.region, credentials: aws.credentials };
  const cloudFormation = new CloudFormationClient(client);
  try {
    await uploadArtifacts(new S3Client({ ...client, forcePathStyle: true }), template, placesOf(deployment));
    await executeChangeSet(cloudFormation, stack, template.toString(), parameters);
    const deployed = await waitForStack(cloudFormation, stack);
    await enableTimeToLive(cloudFormation, new DynamoDBClient(client), stack, template);
    return Object.fromEntries(
      (deployed.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } finally {
    cloudFormation.destroy();
  }
}

/** Where a path of the template lies: relative to it, as for the SAM CLI, or below `dist`. */
function placesOf({ template, dist }: Deployment): (uri: string) => string {
  const root = dirname(resolve(template));
  return (uri) =>
    dist !== undefined && uri.startsWith('dist/') ? join(dist, uri.slice('dist/'.length)) : join(root, uri);
}

async function uploadArtifacts(s3: S3Client, template: Template, placeOf: (uri: string) => string): Promise<void> {
  const bucket = `weir-local-artifacts-${randomBytes(6).toString('hex')}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const put = async (key: string, body: Buffer) => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    return `s3://${bucket}/${key}`;
  };
  const runtime = await runtimeFiles();
  const functions = template.functions.map(async ({ logicalId, codeUri }) => {
    const archive = zip([...bundleFiles(logicalId, placeOf(codeUri)), ...runtime]);
    template.setFunctionCode(logicalId, await put(`${logicalId}.zip`, archive), RUNTIME);
  });
  const definitions = template.definitions.map(async ({ logicalId, definitionUri }) => {
    template.setDefinition(logicalId, await put(`${logicalId}.json`, readFileSync(placeOf(definitionUri))));
  });
  await Promise.all([...functions, ...definitions]);
}

function bundleFiles(logicalId: string, folder: string): ZipEntry[] {
  if (!existsSync(folder)) throw new DeploymentFailed(`${logicalId}: there is no ${folder}; run npm run build.`);
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => ({ name, data: withSourceMap(folder, name) }));
}

/** What runs a bundle, on the Node this process runs on. Compiled here: stripping types costs each worker 35 ms and 17 MB. */
async function runtimeFiles(): Promise<ZipEntry[]> {
  const { code } = await transform(readFileSync(RUNTIME_CLIENT, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node24',
  });
  const bootstrap = `#!/bin/sh\nexec '${process.execPath}' --enable-source-maps "$LAMBDA_TASK_ROOT/${RUNTIME_FILE}"\n`;
  return [
    { name: RUNTIME_FILE, data: Buffer.from(code) },
    { name: 'bootstrap', data: Buffer.from(bootstrap), executable: true },
  ];
}

/** The bundle, byte for byte; where `dist/maps` has its map, a trailing comment makes local stack traces readable. */
function withSourceMap(folder: string, name: string): Buffer {
  const bytes = readFileSync(join(folder, name));
  const map = join(dirname(folder), 'maps', folder.slice(dirname(folder).length + 1), `${name}.map`);
  return existsSync(map)
    ? Buffer.concat([bytes, Buffer.from(`\n//# sourceMappingURL=${pathToFileURL(map).href}\n`)])
    : bytes;
}

async function executeChangeSet(
  client: CloudFormationClient,
  stack: string,
  body: string,
  parameters: Record<string, string>,
): Promise<void> {
  const name = { StackName: stack, ChangeSetName: 'local' };
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const create = {
    ...name,
    ChangeSetType: 'CREATE' as const,
    TemplateBody: body,
    Capabilities: CAPABILITIES,
    Parameters,
  };
  await client.send(new CreateChangeSetCommand(create)).catch((error: Error) => {
    throw new DeploymentFailed(`Stack ${stack} did not deploy: ${error.message}`, { cause: error });
  });
  await waitForChangeSet(client, name);
  await client.send(new ExecuteChangeSetCommand(name));
}

async function waitForChangeSet(
  client: CloudFormationClient,
  name: { StackName: string; ChangeSetName: string },
): Promise<void> {
  const deadline = Date.now() + CHANGE_SET_TIMEOUT_MS;
  for (;;) {
    const { Status, StatusReason } = await client.send(new DescribeChangeSetCommand(name));
    if (Status === 'CREATE_COMPLETE') return;
    if (Status === 'FAILED' || Date.now() > deadline) {
      throw new DeploymentFailed(
        `Stack ${name.StackName} did not deploy: its change set is ${Status}: ${StatusReason}`,
      );
    }
    await delay(POLL_MS);
  }
}

async function waitForStack(client: CloudFormationClient, stack: string): Promise<Stack> {
  const deadline = Date.now() + STACK_TIMEOUT_MS;
  for (;;) {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    if (found?.StackStatus === 'CREATE_COMPLETE') return found;
    if (/FAILED|ROLLBACK/.test(found?.StackStatus ?? '')) throw new DeploymentFailed(await failureOf(client, stack));
    if (Date.now() > deadline)
      throw new DeploymentFailed(`Stack ${stack} is still ${found?.StackStatus} after ${STACK_TIMEOUT_MS / 1000} s.`);
    await delay(POLL_MS);
  }
}

/** The first resource that failed by itself; later ones are cancelled because of it. */
async function failureOf(client: CloudFormationClient, stack: string): Promise<string> {
  const { StackEvents: events = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stack }));
  const failed = events.filter((event) => event.ResourceStatus?.endsWith('_FAILED')).reverse();
  const first = failed.find((event) => !/cancelled/i.test(event.ResourceStatusReason ?? '')) ?? failed[0];
  if (!first) return `Stack ${stack} did not deploy, and CloudFormation names no failed resource.`;
  return `Stack ${stack} did not deploy: ${first.LogicalResourceId} (${first.ResourceType}): ${first.ResourceStatusReason}`;
}

/** MiniStack's CloudFormation leaves `TimeToLiveSpecification` out; its DynamoDB has it. */
async function enableTimeToLive(
  cloudFormation: CloudFormationClient,
  dynamodb: DynamoDBClient,
  stack: string,
  template: Template,
): Promise<void> {
  if (template.timeToLive.length === 0) return;
  const { StackResources: resources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: stack }),
  );
  const physicalId = new Map(resources.map((resource) => [resource.LogicalResourceId, resource.PhysicalResourceId]));
  for (const { logicalId, attribute } of template.timeToLive) {
    const specification = { AttributeName: attribute, Enabled: true };
    await dynamodb.send(
      new UpdateTimeToLiveCommand({ TableName: physicalId.get(logicalId), TimeToLiveSpecification: specification }),
    );
  }
}
