import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as v from 'valibot';
import { afterEach, expect, test, vi } from 'vitest';
import { type HttpRequest, route } from '#aws/http.ts';
import { appMeshErrors, HttpError, weirErrors } from '#aws/http-errors.ts';
import { textBody } from '#aws/text-body.ts';
import { NotFound } from '#mesh/api/errors.ts';

const context = { awsRequestId: 'a', functionName: 'f' } as Context;
const event = (more: object = {}) =>
  ({
    rawPath: '/p/a b%25',
    rawQueryString: 'a=1%202&a=3&b=x%2By+z',
    headers: { Host: 'h', Authorization: 'AWS4 secret-signature' },
    isBase64Encoded: false,
    requestContext: { requestId: 'r', http: { method: 'PUT', path: '/p' } },
    ...more,
  }) as unknown as APIGatewayProxyEventV2;

const answer = async (
  errors: typeof weirErrors,
  serve: (request: HttpRequest) => Promise<object>,
  more: object = {},
) => {
  const result = await route(errors, async (request) => ({ status: 200, body: await serve(request) }))(
    event(more),
    context,
  );
  return { status: result.statusCode, headers: result.headers, body: JSON.parse(result.body ?? '') };
};
const failWith = (error: unknown) => async () => Promise.reject(error);

function refusedBySchema(): unknown {
  try {
    return v.parse(v.object({ a: v.object({ b: v.number() }) }), { a: { b: 'x' } });
  } catch (error) {
    return error;
  }
}

afterEach(() => vi.restoreAllMocks());

test('a request arrives as the gateway gave it, with lower-case headers and a decoded query', async () => {
  let seen: HttpRequest | undefined;
  const { headers } = await answer(weirErrors, async (request) => {
    seen = request;
    return {};
  });

  expect(seen).toMatchObject({
    method: 'PUT',
    rawPath: '/p/a b%25',
    query: { a: '1 2', b: 'x+y+z' },
    headers: { host: 'h' },
    requestId: 'r',
  });
  expect(seen).not.toHaveProperty('caller');
  expect(headers).toEqual({ 'content-type': 'application/json', 'x-amzn-requestid': 'r' });
});

test('a body in base64 is the bytes it stands for, and the caller is the one IAM named', async () => {
  const iam = { requestId: 'r', http: { method: 'PUT', path: '/p' }, authorizer: { iam: { userArn: 'arn:u' } } };
  const { body } = await answer(weirErrors, async (request) => ({ text: textBody(request), caller: request.caller }), {
    body: Buffer.from('ü').toString('base64'),
    isBase64Encoded: true,
    requestContext: iam,
  });

  expect(body).toEqual({ text: 'ü', caller: 'arn:u' });
});

test.each<[string, unknown, number, object]>([
  ['an App Mesh error', new NotFound('gone'), 404, { code: 'NotFound', message: 'gone' }],
  ['a refusal with a path', new HttpError(409, 'Busy', 'no', 'a.b'), 409, { code: 'Busy', message: 'no', path: 'a.b' }],
  [
    'a value a schema refused',
    refusedBySchema(),
    400,
    { code: 'BadRequest', message: 'a.b is "x"; must be number', path: 'a.b' },
  ],
  [
    'anything else',
    new Error('secret detail'),
    500,
    { code: 'InternalServerError', message: expect.not.stringContaining('secret') },
  ],
])("%s becomes an error of Weir's API", async (_, thrown, status, error) => {
  expect(await answer(weirErrors, failWith(thrown))).toMatchObject({ status, body: { error } });
});

test.each<[unknown, number, string]>([
  [new NotFound('gone'), 404, 'NotFoundException'],
  [new HttpError(415, 'UnsupportedMediaType', 'no'), 400, 'BadRequestException'],
  [new TypeError('a.b is undefined'), 500, 'InternalServerErrorException'],
  ['a string', 500, 'InternalServerErrorException'],
])('%s becomes an error of App Mesh', async (thrown, status, code) => {
  const { headers, body, ...rest } = await answer(appMeshErrors, failWith(thrown));

  expect(rest).toEqual({ status });
  expect(headers).toMatchObject({ 'x-amzn-errortype': code });
  expect(Object.keys(body)).toEqual(['message']);
  expect(body.message).not.toContain('undefined');
});

test('a body over a megabyte is refused before anybody reads it', async () => {
  const { status, body } = await answer(weirErrors, failWith(new Error('read')), { body: 'x'.repeat(1_048_577) });

  expect([status, body.error.code]).toEqual([413, 'BodyTooLarge']);
});

test.each([
  ['bytes that are no text', { body: Buffer.from([0xff]).toString('base64'), isBase64Encoded: true }, 400],
  ['a form', { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
])('%s are no JSON body', async (_, more, status) => {
  expect(await answer(weirErrors, async (request) => ({ text: textBody(request) }), more)).toMatchObject({ status });
});

test('no header reaches the log', async () => {
  const lines: string[] = [];
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(String(line)));

  await answer(weirErrors, failWith(new Error('x')));
  await answer(weirErrors, async () => ({}));

  await answer(weirErrors, failWith(new HttpError(403, 'Forbidden', 'InvalidSignature: no')));

  expect(lines.filter((line) => line.includes('"request"'))).toHaveLength(3);
  expect(lines.filter((line) => line.includes('InvalidSignature: no'))).toHaveLength(1);
  expect(lines.join('')).not.toContain('secret-signature');
});
