import { expect, test } from 'vitest';
import { readConfig } from '#aws/config.ts';
import { DEFAULT_QUOTAS } from '#mesh/api/quotas.ts';

const environment = {
  WEIR_TABLE: 'table',
  WEIR_BUCKET: 'bucket',
  WEIR_STACK: 'weir',
  WEIR_OWNER: '111122223333',
  AWS_REGION: 'eu-central-1',
  WEIR_CANARY_ARN: 'arn:canary',
  WEIR_HEAL_ARN: 'arn:heal',
  WEIR_SESSION_MAX_SECONDS: '3600',
};

test('a complete environment is read once and cannot be changed', () => {
  const config = readConfig({ ...environment, WEIR_KEY: 'key-1' });

  expect(config).toEqual({
    table: 'table',
    bucket: 'bucket',
    stack: 'weir',
    owner: '111122223333',
    region: 'eu-central-1',
    canaryArn: 'arn:canary',
    healArn: 'arn:heal',
    sessionMaxSeconds: 3600,
    quotas: DEFAULT_QUOTAS,
    key: 'key-1',
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test('everything that is missing or malformed is reported together', () => {
  const { WEIR_TABLE: _, ...rest } = environment;
  const broken = { ...rest, WEIR_OWNER: '12', WEIR_SESSION_MAX_SECONDS: 'an hour', WEIR_BUCKET: '' };

  expect(() => readConfig(broken)).toThrow(
    /WEIR_TABLE is missing; WEIR_BUCKET is empty; WEIR_OWNER is not a 12-digit account; WEIR_SESSION_MAX_SECONDS is not a whole number/,
  );
});

test('quotas that say nothing are reported by their own words', () => {
  expect(() => readConfig({ ...environment, WEIR_QUOTAS: 'strickt' })).toThrow(
    /WEIR_QUOTAS strickt: must be default or strict/,
  );
});
