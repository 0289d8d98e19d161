import { expect, test } from 'vitest';
import { presignUrl, signHeaders } from '../../proxy/agent/sigv4.ts';

// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and …/sigv4-query-string-auth.html
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const now = new Date('2013-05-24T00:00:00Z');
const scope = { service: 's3', region: 'us-east-1' };

test("signs the documentation's GET as the documentation does", () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  const headers = { range: 'bytes=0-9' };
  const signed = signHeaders({ method: 'GET', url, headers, body: '' }, scope, keys, now);
  expect(signed['authorization']).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
      'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});

test('signs a query string in its canonical order', () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2');
  const signed = signHeaders({ method: 'GET', url, headers: {}, body: '' }, scope, keys, now);
  expect(signed['authorization']).toContain('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
});

test('puts the session token behind the signature, which does not cover it, as AWS IoT wants it', () => {
  const url = new URL('https://abc-ats.iot.us-east-1.amazonaws.com/mqtt');
  const iot = { service: 'iotdevicegateway', region: 'us-east-1' };
  const plain = presignUrl(url, iot, keys, now);
  const withToken = presignUrl(url, iot, { ...keys, sessionToken: 'a/b+c=' }, now);
  expect(withToken).toBe(`${plain}&X-Amz-Security-Token=a%2Fb%2Bc%3D`);
  expect(plain).toMatch(/^https:\/\/abc-ats\.iot\.us-east-1\.amazonaws\.com\/mqtt\?.*&X-Amz-Signature=[0-9a-f]{64}$/);
});
