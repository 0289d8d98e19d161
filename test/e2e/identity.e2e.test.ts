import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
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
