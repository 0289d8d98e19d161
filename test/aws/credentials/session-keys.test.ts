import { expect, test } from 'vitest';
import { parseToken } from '#aws/credentials/claims.ts';
import { issueSession } from '#aws/credentials/issue.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';

const claims = { principal: 'arn:aws:iam::1:user/u', mesh: '*', access: 'read', expires: 2_000_000_000 } as const;

test('one session costs one call of KMS, however often it is used', async () => {
  const asked: string[] = [];
  const keys = sessionKeys(async (message) => {
    asked.push(message);
    return Buffer.from(message);
  });

  await Promise.all([keys('a', 'x'), keys('a', 'x'), keys('a', 'y'), keys('b', 'x')]);

  expect(asked).toEqual(['weir1|a|x', 'weir1|a|y', 'weir1|b|x']);
});

test('a call of KMS that failed is made again', async () => {
  let calls = 0;
  const keys = sessionKeys(async () => {
    if (calls++ === 0) throw new Error('throttled');
    return Buffer.from('mac');
  });

  await expect(keys('a', 'x')).rejects.toThrow('throttled');
  expect(await keys('a', 'x')).toHaveProperty('secretAccessKey');
});

test('sessions that were not used for long leave memory, those in use stay', async () => {
  let calls = 0;
  const keys = sessionKeys(async () => Buffer.from(String(calls++)));

  for (let i = 0; i < 5_000; i++) {
    await keys('hot', 'x');
    await keys(`cold-${i}`, 'x');
  }

  expect(calls).toBe(5_001);
  await keys('cold-0', 'x');
  expect(calls).toBe(5_002);
});

test('issued credentials look like AWS session credentials and say what they are for', async () => {
  const issued = await issueSession(
    sessionKeys(async () => Buffer.from('mac')),
    claims,
  );

  expect(issued.accessKeyId).toMatch(/^ASIAWEIR[A-Z0-9]{12}$/);
  expect(Buffer.from(issued.secretAccessKey, 'base64')).toHaveLength(32);
  expect(issued.expiration).toBe('2033-05-18T03:33:20.000Z');
  expect(parseToken(issued.sessionToken)?.claims).toEqual(claims);
});

test.each(['', 'weir1', 'weir1.e30.x', `weir1.e30.${'A'.repeat(43)}`, `weir2.e30.${'A'.repeat(43)}`])(
  '%j is no session token',
  (token) => {
    expect(parseToken(token)).toBeUndefined();
  },
);
