import { expect, test } from 'vitest';
import { signExecuteApi } from '#aws/client/sign-execute-api.ts';
import { sign } from '../../../local/signed-fetch.ts';

const now = new Date('2026-11-21T12:34:56.789Z');
const permanent = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

test.each([
  ['POST', 'https://abc.execute-api.us-east-1.amazonaws.com/weir/v1/session/a%20b%25/read', { a: 'ü' }],
  ['GET', 'http://127.0.0.1:4566/_aws/execute-api/x/weir/v1/rollouts?status=running&limit=2', undefined],
] as const)('%s %s is signed as local mode signs it by other code', (method, url, content) => {
  const body = content && JSON.stringify(content);
  const credentials = { ...permanent, sessionToken: 'IQoJb3JpZ2lu' };
  const signed = signExecuteApi({ method, url, ...(body && { body }) }, credentials, 'us-east-1', now);

  expect(signed).toEqual(sign({ method, url, credentials, region: 'us-east-1' }, body ?? '', now));
});

test('permanent keys have no token to send', () => {
  const headers = signExecuteApi({ method: 'GET', url: 'https://x.example.com/' }, permanent, 'us-east-1', now);

  expect(headers).not.toHaveProperty('x-amz-security-token');
  expect(headers['authorization']).toContain('SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,');
});
