import { expect, test } from 'vitest';
import { signatureHeaders } from '../../../local/story/signed-request.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'token',
};
const at = new Date('2026-11-21T10:00:00.123Z');
const sign = (url: string, body = '') => signatureHeaders({ method: 'GET', url, body }, credentials, 'us-east-1', at);

test('a request is signed for execute-api with its time and session token', () => {
  const headers = sign('http://127.0.0.1:4566/weir/v1/rollouts');
  expect(headers['x-amz-date']).toBe('20261121T100000Z');
  expect(headers['x-amz-security-token']).toBe('token');
  expect(headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261121\/us-east-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
});

test('the order of query parameters does not change the signature, their values do', () => {
  const signature = (url: string) => sign(url)['authorization'];
  expect(signature('http://h/a?b=1&a=2')).toBe(signature('http://h/a?a=2&b=1'));
  expect(signature('http://h/a?a=2')).not.toBe(signature('http://h/a?a=3'));
});

test('the body is part of what is signed', () => {
  expect(sign('http://h/a', '{}')['authorization']).not.toBe(sign('http://h/a', '')['authorization']);
});
