import { describe, expect, test } from 'vitest';
import { RoleCredentials } from '../../../local/ecs/role-credentials.ts';

const ROLE = 'arn:aws:iam::123456789012:role/orders';

function roles(lifetimeMs: number) {
  const calls: string[] = [];
  const clock = { now: 0 };
  const assume = async (role: string, session: string) => {
    calls.push(`${role} ${session}`);
    const expiration = new Date(clock.now + lifetimeMs);
    return { accessKeyId: `AK${calls.length}`, secretAccessKey: 's', sessionToken: 't', expiration };
  };
  return { calls, clock, credentials: new RoleCredentials(assume, () => clock.now) };
}

describe('task role credentials', () => {
  test('are assumed once for containers that ask at the same time, with the task id as session name', async () => {
    const { credentials, calls } = roles(3_600_000);
    const [one, two] = await Promise.all([credentials.of(ROLE, 'task1'), credentials.of(ROLE, 'task1')]);
    expect(calls).toEqual([`${ROLE} task1`]);
    expect(one).toEqual(two);
    expect(one).toEqual({
      RoleArn: ROLE,
      AccessKeyId: 'AK1',
      SecretAccessKey: 's',
      Token: 't',
      Expiration: '1970-01-01T01:00:00.000Z',
    });
  });

  test('are renewed before they expire and not earlier', async () => {
    const { credentials, calls, clock } = roles(3_600_000);
    await credentials.of(ROLE, 'task1');
    clock.now = 3_600_000 - 11 * 60_000;
    await credentials.of(ROLE, 'task1');
    expect(calls).toHaveLength(1);
    clock.now = 3_600_000 - 9 * 60_000;
    await credentials.of(ROLE, 'task1');
    expect(calls).toHaveLength(2);
  });

  test('are asked for again after a refusal', async () => {
    let calls = 0;
    const credentials = new RoleCredentials(async () => {
      calls += 1;
      if (calls === 1) throw new Error('AccessDenied');
      return {
        accessKeyId: 'AK',
        secretAccessKey: 's',
        sessionToken: 't',
        expiration: new Date(Date.now() + 3_600_000),
      };
    });
    await expect(credentials.of(ROLE, 'task1')).rejects.toThrow('AccessDenied');
    await expect(credentials.of(ROLE, 'task1')).resolves.toMatchObject({ AccessKeyId: 'AK' });
  });
});
