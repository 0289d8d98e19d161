import { createHmac } from 'node:crypto';
import { AppMeshClient, ListTagsForResourceCommand, UpdateRouteCommand } from '@aws-sdk/client-app-mesh';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authenticate, type SignedRequest } from '#aws/credentials/authenticate.ts';
import { claimsText, formatToken } from '#aws/credentials/claims.ts';
import { issueSession, type WeirCredentials } from '#aws/credentials/issue.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { matchOperations } from '#mesh/api/match-operation.ts';

const region = 'eu-west-1';
const principal = 'arn:aws:sts::123456789012:assumed-role/Dev/alice';
const keysOf = (secret: string) =>
  sessionKeys(async (message) => createHmac('sha256', secret).update(message).digest());
const keys = keysOf('a key in kms');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const issue = (expires = inSeconds(600)) => issueSession(keys, { principal, mesh: 'm', access: 'write', expires });

interface Sent extends SignedRequest {
  readonly rawPath: string;
}

/** What an unmodified SDK client sends, as API Gateway hands it over. */
async function sent(
  credentials: WeirCredentials,
  options: { clientRegion?: string; list?: boolean } = {},
): Promise<Sent> {
  const requests: Sent[] = [];
  const { expiration, ...identity } = credentials;
  const client = new AppMeshClient({
    region: options.clientRegion ?? region,
    endpoint: 'http://127.0.0.1:1',
    credentials: { ...identity, expiration: new Date(expiration) },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: {
        method: string;
        path: string;
        query: object;
        headers: Record<string, string>;
        body?: string;
      }) => {
        const { method, path, headers, body = '' } = request;
        const rawQuery = Object.entries(request.query)
          .map(([k, v]) => `${k}=${encodeURIComponent(v)}`)
          .join('&');
        const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
        const rawPath = decodeURIComponent(path.replaceAll('%25', '%2525'));
        requests.push({ method, rawPath, rawQuery, headers: Object.fromEntries(lower), body: Buffer.from(body) });
        throw new Error('captured');
      },
    } as never,
  });
  const spec = { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'n', weight: 1 }] } } };
  const route = { meshName: 'm/1', virtualRouterName: 'r r', routeName: '100%', meshOwner: '123456789012', spec };
  const command = options.list
    ? new ListTagsForResourceCommand({ resourceArn: 'arn:aws:appmesh:x:1:mesh/a b+c', limit: 3 })
    : new UpdateRouteCommand(route);
  await client.send(command as never).catch(() => undefined);
  const [request] = requests;
  if (request === undefined) throw new Error('the client sent nothing');
  return request;
}

const verify = (request: Sent, { now = Date.now(), as = keys } = {}) =>
  authenticate({ keys: as, region, now: () => now }, request, matchOperations(request.method, request.rawPath));

test('the request of an unmodified client is believed, and its path read as it was signed', async () => {
  const { claims, signed } = await verify(await sent(await issue()));

  expect(claims).toMatchObject({ principal, mesh: 'm', access: 'write' });
  expect(signed).toMatchObject({
    operation: 'UpdateRoute',
    params: { meshName: 'm/1', virtualRouterName: 'r r', routeName: '100%' },
  });
});

test('a query with every kind of character is believed', async () => {
  expect((await verify(await sent(await issue(), { list: true }))).signed.operation).toBe('ListTagsForResource');
});

const changed = (request: Sent, headers: Record<string, string>): Sent => ({
  ...request,
  headers: { ...request.headers, ...headers },
});
const authorization = (request: Sent) => request.headers['authorization'] ?? '';

test.each<[string, (request: Sent) => Sent, string]>([
  [
    'no signature',
    ({ headers: { authorization: _, ...headers }, ...rest }) => ({ ...rest, headers }),
    'MissingAuthentication',
  ],
  ['a bearer token', (r) => changed(r, { authorization: 'Bearer x' }), 'IncompleteSignature'],
  [
    'the Authorization header twice',
    (r) => changed(r, { authorization: `${authorization(r)},${authorization(r)}` }),
    'IncompleteSignature',
  ],
  [
    'an AWS key',
    (r) => changed(r, { authorization: authorization(r).replace(/ASIAWEIR\w+/, 'AKIAIOSFODNN7EXAMPLE') }),
    'UnrecognizedClient',
  ],
  [
    'a host nobody signed',
    (r) => changed(r, { authorization: authorization(r).replace('host;', '') }),
    'IncompleteSignature',
  ],
  [
    'another service',
    (r) => changed(r, { authorization: authorization(r).replace('/appmesh/', '/execute-api/') }),
    'InvalidScope',
  ],
  [
    'another day in its scope',
    (r) => changed(r, { authorization: authorization(r).replace(/\/\d{8}\//, '/20200101/') }),
    'IncompleteSignature',
  ],
  [
    'a date that does not exist',
    (r) => changed(r, { 'x-amz-date': (r.headers['x-amz-date'] ?? '').replace(/T\d\d/, 'T99') }),
    'RequestExpired',
  ],
  ['no token', (r) => changed(r, { 'x-amz-security-token': '' }), 'InvalidToken'],
  [
    'a token cut short',
    (r) => changed(r, { 'x-amz-security-token': (r.headers['x-amz-security-token'] ?? '').slice(0, -1) }),
    'InvalidToken',
  ],
  ['another body', (r) => ({ ...r, body: Buffer.from('{}') }), 'InvalidSignature'],
  [
    'another body with its own hash',
    (r) => ({
      ...changed(r, { 'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' }),
      body: Buffer.from('{}'),
    }),
    'InvalidSignature',
  ],
  ['an unsigned payload', (r) => changed(r, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }), 'InvalidSignature'],
  ['another host', (r) => changed(r, { host: 'evil' }), 'InvalidSignature'],
  ['another query', (r) => ({ ...r, rawQuery: 'meshOwner=999999999999' }), 'InvalidSignature'],
  ['another mesh', (r) => ({ ...r, rawPath: r.rawPath.replace('m/1', 'm/2') }), 'InvalidSignature'],
])('%s is refused', async (_, change, reason) => {
  const request = change(await sent(await issue()));

  await expect(verify(request)).rejects.toMatchObject({
    name: 'ForbiddenException',
    message: expect.stringMatching(new RegExp(`^${reason}: `)),
  });
});

test('the slash of a name and the slash of a path are not the same signature', async () => {
  const request = await sent(await issue());
  const candidates = matchOperations('PUT', request.rawPath).filter(({ params }) => params['meshName'] !== 'm/1');

  expect(candidates.length).toBeGreaterThan(0);
  await expect(authenticate({ keys, region, now: Date.now }, request, candidates)).rejects.toThrow(/^InvalidSignature/);
});

test('a signature is good for five minutes either way', async () => {
  const request = await sent(await issue());

  await verify(request, { now: Date.now() + 4.5 * 60_000 });
  await verify(request, { now: Date.now() - 4.5 * 60_000 });
  await expect(verify(request, { now: Date.now() + 5.5 * 60_000 })).rejects.toThrow(/^RequestExpired/);
  await expect(verify(request, { now: Date.now() - 5.5 * 60_000 })).rejects.toThrow(/^RequestExpired/);
});

test('credentials end when they said they would', async () => {
  const request = await sent(await issue(inSeconds(60)));

  await verify(request);
  await expect(verify(request, { now: Date.now() + 61_000 })).rejects.toThrow(/^ExpiredToken/);
});

test('a client of another region is told which one is ours', async () => {
  await expect(verify(await sent(await issue(), { clientRegion: 'us-east-1' }))).rejects.toThrow(
    'InvalidScope: credential should be scoped to region eu-west-1, not us-east-1',
  );
});

test('a token somebody wrote themselves opens nothing, whatever it claims', async () => {
  const text = claimsText({ principal, mesh: '*', access: 'admin', expires: inSeconds(600) });
  const forged = { ...(await issue()), sessionToken: formatToken(text, 'A'.repeat(43)) };

  await expect(verify(await sent(forged))).rejects.toThrow(/^InvalidToken: the session token was not issued/);
});

test('credentials of another installation open nothing', async () => {
  await expect(verify(await sent(await issue()), { as: keysOf('another key') })).rejects.toThrow(/^InvalidToken/);
});

test('no text in any header is more than a refusal', async () => {
  const request = await sent(await issue());
  const names = fc.constantFrom('authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256', 'host');
  await fc.assert(
    fc.asyncProperty(names, fc.string(), fc.nat(400), async (name, text, at) => {
      const old = request.headers[name] ?? '';
      const value = old.slice(0, at) + text + old.slice(at + text.length);
      fc.pre(value.trim() !== old.trim());
      await expect(verify(changed(request, { [name]: value }))).rejects.toMatchObject({ name: 'ForbiddenException' });
    }),
  );
});
