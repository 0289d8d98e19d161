import { expect, test } from 'vitest';
import { sign } from '../../local/signed-fetch.ts';

const NOW = new Date('2026-11-21T09:00:00.000Z');
const request = {
  method: 'POST',
  url: 'http://127.0.0.1:4566/_aws/execute-api/abc/weir/v1/meshes/a%2Fb?limit=2&after=x y',
  region: 'us-east-1',
  credentials: {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'token',
  },
};

// Made with botocore's SigV4Auth for service execute-api, the same headers and the time above.
const BY_BOTOCORE = '0ceed13fa311b62bafeae1203dd850f0dd43c768cea64dc45b8ea83afdba5ee9';

test('signs as botocore does', () => {
  const { authorization } = sign(request, '{"a":1}', NOW);
  expect(authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=${BY_BOTOCORE}`,
  );
});

test('another body is another signature', () => {
  expect(sign(request, '{}', NOW)['authorization']).not.toContain(BY_BOTOCORE);
});
