import { setTimeout as delay } from 'node:timers/promises';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test, vi } from 'vitest';
import { signedFetch } from '../../local/signed-fetch.ts';
import type { Discovery } from '../../mesh/wire/discovery.ts';
import { ackTopic, bucketName, DISCOVERY_KEY, newsTopic, proxyKey, snapshotKey } from '../../mesh/wire/names.ts';
import { credentialSource } from '../../proxy/agent/credentials.ts';
import { httpRequest } from '../../proxy/agent/http-request.ts';
import { PushChannel } from '../../proxy/agent/push-channel.ts';
import type { Credentials } from '../../proxy/agent/sigv4.ts';
import { scenario } from '../support/given-when-then.ts';
import { processesOfTask } from '../support/given-when-then-processes.ts';

const [given, , , world] = scenario();
/** What does not happen is watched this long; it would take a tenth of it. */
const OBSERVED_MS = 3_000;

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

const keyOf = (kind: 'vn' | 'vg', name: string) =>
  proxyKey({ owner: world.platform.account, mesh: 'shop', kind, name });

/** The credentials that a task of `front` gets, the only way there is: its own credentials endpoint. */
async function frontCredentials(): Promise<Credentials> {
  const { address } = await world.stableTaskOf('front');
  const environment = processesOfTask(address)[0]?.environment ?? {};
  return credentialSource(environment, httpRequest)();
}

async function read(credentials: Credentials, key: string): Promise<string> {
  const { urls, region, account } = world.platform;
  const { expiresAt: _, ...keys } = credentials;
  const s3 = new S3Client({ endpoint: urls.aws, region, forcePathStyle: true, credentials: keys });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucketName(account, region), Key: key }));
  return (await Body?.transformToString()) ?? '';
}

async function connect(credentials: Credentials, topic: string): Promise<PushChannel> {
  const { urls, region } = world.platform;
  const { iot }: Discovery = JSON.parse(await read(credentials, DISCOVERY_KEY));
  const channel = new PushChannel({
    host: iot,
    endpoint: urls.aws,
    region,
    clientId: `vg/front/identity-test-${Math.random().toString(36).slice(2)}`,
    topics: [topic],
    credentials: async () => credentials,
    log: quiet,
    news: () => {},
    changed: () => {},
  });
  void channel.run();
  return channel;
}

test('a task reads its own snapshot and nobody else’s', async () => {
  await given.aSettledShop();
  const credentials = await frontCredentials();

  expect(JSON.parse(await read(credentials, snapshotKey(keyOf('vg', 'front'))))).toMatchObject({ v: 1 });
  await expect(read(credentials, snapshotKey(keyOf('vn', 'orders')))).rejects.toThrow(/denied|not authorized/i);
});

test('a task hears its own news and nobody else’s', async () => {
  const credentials = await frontCredentials();
  const own = await connect(credentials, newsTopic(keyOf('vg', 'front')));
  await vi.waitUntil(() => own.state === 'up', 20_000);
  await own.stop();

  const states: string[] = [];
  const foreign = await connect(credentials, newsTopic(keyOf('vn', 'orders')));
  for (const until = Date.now() + OBSERVED_MS; Date.now() < until; await delay(50)) states.push(foreign.state);
  await foreign.stop();

  expect(states).not.toContain('up');
});

test('a task cannot acknowledge in the name of another node', async () => {
  const [victim] = await world.tasksOf('orders');
  const credentials = await frontCredentials();
  const channel = await connect(credentials, newsTopic(keyOf('vg', 'front')));
  await vi.waitUntil(() => channel.state === 'up', 20_000);
  const forged = { v: 1, protocol: [1, 1], agent: 'forged', envoy: 'forged', rev: 9_999, hash: 'x', ready: false };
  const report = JSON.stringify({ ...forged, appliedAt: Date.now(), at: Date.now() + 60_000 });

  const topic = ackTopic('weir', keyOf('vn', 'orders'), victim?.id ?? '');
  await channel.publish(topic, report).catch(() => {});

  for (const until = Date.now() + OBSERVED_MS; Date.now() < until; await delay(200)) {
    const proxies = await world.shop.api.proxies('shop');
    expect(proxies.find(({ task }) => task === victim?.id)).toMatchObject({ name: 'orders', ready: true });
  }
  await channel.stop();
});

/** Credentials of a role that may call this path of the stack's API and nothing else. */
async function roleThatMayPost(path: string) {
  const { urls, region, account, iam: operator, outputs } = world.platform;
  const client = { endpoint: urls.aws, region, credentials: operator };
  const iam = new IAMClient(client);
  const RoleName = `caller-${Math.random().toString(36).slice(2)}`;
  const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
  const created = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }));
  const Resource = `arn:aws:execute-api:${region}:${account}:${outputs['ApiId']}/*/POST${path}`;
  const PolicyDocument = policy({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'session', PolicyDocument }));
  const assume = new AssumeRoleCommand({ RoleArn: created.Role?.Arn, RoleSessionName: 'caller' });
  const { Credentials: session } = await new STSClient(client).send(assume);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = session ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

test('IAM says which mesh a caller gets credentials for, and with what access', async () => {
  const credentials = await roleThatMayPost('/weir/v1/session/shop/read');
  const { urls, region } = world.platform;
  const ask = async (scope: string, body: object = {}) => {
    const url = `${urls.weir}/weir/v1/session/${scope}`;
    return (await signedFetch({ method: 'POST', url, credentials, region, body })).status;
  };

  expect(await ask('shop/read')).toBe(200);
  expect(await ask('shop/write')).toBe(403);
  expect(await ask('other/read')).toBe(403);
  expect(await ask('*/read')).toBe(403);
  expect(await ask('shop%2Fread/admin')).toBe(403);
  expect(await ask('shop/read', { mesh: '*' })).toBe(400);
});
