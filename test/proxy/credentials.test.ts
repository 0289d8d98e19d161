import { expect, test } from 'vitest';
import { CredentialsUnavailable, credentialSource } from '../../proxy/agent/credentials.ts';
import type { HttpRequest } from '../../proxy/agent/http-request.ts';

const HOUR = 3_600_000;

/** An endpoint whose keys are numbered and live for an hour; `broken` makes it fail. */
function endpoint(clock: { now: number; broken?: boolean }) {
  const requests: HttpRequest[] = [];
  const request = async (asked: HttpRequest) => {
    requests.push(asked);
    if (clock.broken) throw new Error('no route');
    const Expiration = new Date(clock.now + HOUR).toISOString();
    const keys = { AccessKeyId: `K${requests.length}`, SecretAccessKey: 's', Token: 't', Expiration };
    return { status: 200, body: Buffer.from(JSON.stringify(keys)) };
  };
  return { requests, request, now: () => clock.now };
}

test('come from the endpoint that ECS names, with its token', async () => {
  const { requests, request, now } = endpoint({ now: 0 });
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x/c', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'tok' };
  await expect(credentialSource(env, request, now)()).resolves.toMatchObject({ accessKeyId: 'K1', sessionToken: 't' });
  expect(requests).toEqual([{ url: 'http://x/c', headers: { authorization: 'tok' } }]);
});

test("a relative URI is on ECS's own address, and goes before everything else", async () => {
  const { requests, request } = endpoint({ now: 0 });
  const env = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/c', AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x' };
  await credentialSource({ ...env, AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'e' }, request)();
  expect(requests[0]?.url).toBe('http://169.254.170.2/v2/c');
});

test('are kept until five minutes before their end, and many askers cost one request', async () => {
  const clock = { now: 0 };
  const { requests, request, now } = endpoint(clock);
  const source = credentialSource({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x' }, request, now);
  await Promise.all([source(), source(), source()]);
  clock.now = HOUR - 6 * 60_000;
  await source();
  expect(requests).toHaveLength(1);
  clock.now = HOUR - 4 * 60_000;
  await expect(source()).resolves.toMatchObject({ accessKeyId: 'K2' });
});

test('that are still valid are used when they cannot be renewed, those that ended are not', async () => {
  const clock = { now: 0, broken: false };
  const { request, now } = endpoint(clock);
  const source = credentialSource({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x' }, request, now);
  await source();
  Object.assign(clock, { now: HOUR - 60_000, broken: true });
  await expect(source()).resolves.toMatchObject({ accessKeyId: 'K1' });
  clock.now = HOUR;
  await expect(source()).rejects.toThrow('no route');
});

test('of the environment are the last resort; a task without a role is told what to do', async () => {
  const { request } = endpoint({ now: 0 });
  const env = { AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'e' };
  await expect(credentialSource(env, request)()).resolves.toEqual({ accessKeyId: 'E', secretAccessKey: 'e' });
  await expect(credentialSource({}, request)()).rejects.toThrow(CredentialsUnavailable);
  await expect(credentialSource({}, request)()).rejects.toThrow('taskRoleArn');
});
