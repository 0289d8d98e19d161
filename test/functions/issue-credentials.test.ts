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

interface Asking {
  readonly userArn?: string | undefined;
  readonly maxSeconds?: number;
}

async function post(scope: string, body = '', { userArn, maxSeconds = 7200 }: Asking = { userArn: principal }) {
  const http = { method: 'POST', path: `/weir/v1/session/${scope}` };
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

test('the caller IAM vouched for gets an hour of what the path asks for', async () => {
  const { status, body, headers } = await post('shop/write');

  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(body).toMatchObject({ expiration: '2023-11-14T23:13:20.000Z' });
  const expires = now() / 1000 + 3600;
  expect(parseToken(body.sessionToken)?.claims).toEqual({ principal, mesh: 'shop', access: 'write', expires });
});

test.each([
  ['*/admin', '*'],
  ['my shop/read', 'my shop'],
  ['100%25/read', '100%'],
  ['a%2561/read', 'a%61'],
  ['läden/read', 'läden'],
])('%s asks for mesh %s', async (scope, mesh) => {
  const { body } = await post(scope);

  expect(parseToken(body.sessionToken)?.claims.mesh).toBe(mesh);
});

test('credentials last as long as asked, up to what the stack allows', async () => {
  const lifeOf = async (seconds: number | undefined, maxSeconds: number) => {
    const request = seconds === undefined ? {} : { durationSeconds: seconds };
    const { body } = await post('*/read', JSON.stringify(request), { userArn: principal, maxSeconds });
    return body.error?.message ?? (Date.parse(body.expiration) - now()) / 1000;
  };

  expect(await lifeOf(43_200, 43_200)).toBe(43_200);
  expect(await lifeOf(undefined, 900)).toBe(900);
  expect(await lifeOf(7201, 7200)).toBe('is 7201; must be at most 7200');
});

test.each([
  ['shop/root', '', 'access'],
  ['shop/', '', 'access'],
  ['shop', '', 'mesh'],
  ['/read', '', 'mesh'],
  ['shop/orders/read', '', 'mesh'],
  [`${'m'.repeat(256)}/read`, '', 'mesh'],
  ['*/read', '{', undefined],
  ['*/read', '{"mesh":"shop"}', 'mesh'],
  ['shop/read', '{"access":"admin"}', 'access'],
  ['*/read', '{"role":"x"}', 'role'],
  ['*/read', '{"durationSeconds":"60"}', 'durationSeconds'],
  ['*/read', '{"durationSeconds":1}', 'durationSeconds'],
])('%s with %s is a 400 that names %s', async (scope, text, path) => {
  const { status, body } = await post(scope, text);

  expect([status, body.error.code, body.error.path]).toEqual([400, 'BadRequest', path]);
});

test('without an identity there is nobody to vouch for', async () => {
  expect(await post('*/read', '', { userArn: undefined })).toMatchObject({
    status: 403,
    body: { error: { code: 'Forbidden' } },
  });
});
