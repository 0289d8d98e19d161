import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ForbiddenReceiverError, postJson } from '../../functions/notify/post-json.ts';
import { isPublicAddress } from '../../functions/notify/public-address.ts';

describe('a public address', () => {
  test.each(['8.8.8.8', '52.94.236.248', '172.32.0.1', '2606:4700::6810:84e5'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ['127.0.0.1', 'this machine'],
    ['0.0.0.0', 'this machine'],
    ['10.1.2.3', 'a private network'],
    ['172.16.0.1', 'a private network'],
    ['192.168.1.1', 'a private network'],
    ['100.64.0.1', "a carrier's network"],
    ['169.254.169.254', 'the metadata service'],
    ['169.254.170.2', "a task's credentials"],
    ['224.0.0.1', 'a group'],
    ['255.255.255.255', 'everybody'],
    ['::1', 'this machine'],
    ['fd00:ec2::254', 'the metadata service'],
    ['fe80::1', 'a link'],
    ['::ffff:169.254.169.254', 'the metadata service in other words'],
    ['64:ff9b::a00:1', 'a private network behind NAT64'],
    ['2002:a00:1::', 'a private network behind 6to4'],
    ['hooks.slack.com', 'no address'],
  ])('is not %s: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('posting', () => {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(request.url === '/moved' ? 302 : 204, { location: '/' }).end());
  });
  let port = 0;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server.close());

  const post = (url: string, allowPrivate = false) => postJson({ allowPrivate })({ url, headers: {}, body: '{}' });

  test.each([
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://localhost/',
    'http://example.com/',
    'ftp://example.com/',
    'nonsense',
  ])('%s is refused before a connection is made', async (url) => {
    await expect(post(url)).rejects.toThrow(ForbiddenReceiverError);
  });

  test('in local mode reaches a receiver on this machine, and does not follow where it points', async () => {
    expect(await post(`http://127.0.0.1:${port}/`, true)).toBe(204);
    expect(await post(`http://127.0.0.1:${port}/moved`, true)).toBe(302);
  });
});
