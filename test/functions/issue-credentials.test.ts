import { createHmac } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import { parseToken } from '#aws/credentials/claims.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { route } from '#aws/http.ts';
import { weirErrors } from '#aws/http-errors.ts';
import { issueCredentials } from '../../functions/issue-credentials/issue-credentials.ts';

const now = () => 1_700_000_000_000;
const keys = sessionKeys(async (message) => createHmac('sha256', 'k').update(message).digest());
const principal = 'arn:aws:sts::123456789012:assumed-role/Dev/alice';

async function post(body: string, { userArn = principal as string | undefined, maxSeconds = 7200 } = {}) {
  const http = { method: 'POST', path: '/weir/v1/session' };
  const authorizer = userArn === undefined ? {} : { authorizer: { iam: { userArn } } };
  const handler = route(weirErrors, issueCredentials({ keys, maxSeconds, now }));
  const result = await handler(
    {
      rawPath: http.path,
      rawQueryString: '',
      headers: {},
      body,
      requestContext: { requestId: 'r', http, ...authorizer },
    } as unknown as APIGatewayProxyEventV2,
    {} as Context,
  );
  return { status: result.statusCode, body: JSON.parse(result.body ?? ''), headers: result.headers };
}

test('the caller IAM vouched for gets an hour of what it asked for', async () => {
  const { status, body, headers } = await post('{"mesh":"shop","access":"write"}');

  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(body).toMatchObject({ expiration: '2023-11-14T23:13:20.000Z' });
  const expires = now() / 1000 + 3600;
  expect(parseToken(body.sessionToken)?.claims).toEqual({ principal, mesh: 'shop', access: 'write', expires });
});

test('credentials last as long as asked, up to what the stack allows', async () => {
  const lifeOf = async (seconds: number | undefined, maxSeconds: number) => {
    const request = { mesh: '*', access: 'read', ...(seconds === undefined ? {} : { durationSeconds: seconds }) };
    const { body } = await post(JSON.stringify(request), { maxSeconds });
    return body.error?.message ?? (Date.parse(body.expiration) - now()) / 1000;
  };

  expect(await lifeOf(43_200, 43_200)).toBe(43_200);
  expect(await lifeOf(undefined, 900)).toBe(900);
  expect(await lifeOf(7201, 7200)).toBe('is 7201; must be at most 7200');
});

test.each([
  ['', 'mesh'],
  ['{', undefined],
  ['{"mesh":"*"}', 'access'],
  ['{"mesh":"*","access":"root"}', 'access'],
  ['{"mesh":"","access":"read"}', 'mesh'],
  ['{"mesh":"*","access":"read","role":"x"}', 'role'],
  ['{"mesh":"*","access":"read","durationSeconds":"60"}', 'durationSeconds'],
  ['{"mesh":"*","access":"read","durationSeconds":1}', 'durationSeconds'],
])('%s is a 400 that names %s', async (text, path) => {
  const { status, body } = await post(text);

  expect([status, body.error.code, body.error.path]).toEqual([400, 'BadRequest', path]);
});

test('without an identity there is nobody to vouch for', async () => {
  const http = { method: 'POST', path: '/weir/v1/session' };
  const event = {
    rawPath: '/',
    rawQueryString: '',
    headers: {},
    body: '{"mesh":"*","access":"read"}',
    requestContext: { requestId: 'r', http },
  };
  const handler = route(weirErrors, issueCredentials({ keys, maxSeconds: 60, now }));

  expect((await handler(event as unknown as APIGatewayProxyEventV2, {} as Context)).statusCode).toBe(403);
});
