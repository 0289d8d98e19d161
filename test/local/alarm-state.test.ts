import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateAlarm, judgesRunningPeriod } from '../../local/alarm-state.ts';

const alarm = (overrides: Partial<MetricAlarm> = {}): MetricAlarm => ({
  ComparisonOperator: 'GreaterThanThreshold',
  Statistic: 'Sum',
  Threshold: 5,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  StateValue: 'OK',
  ...overrides,
});

describe('an alarm that needs 2 of 3 datapoints', () => {
  test.each([
    { datapoints: [6, 1, 6], state: 'ALARM' },
    { datapoints: [6, 1, 1], state: 'OK' },
    { datapoints: [5, 5, 5], state: 'OK' },
    { datapoints: [6, 6, undefined], state: 'ALARM' },
  ])('is $state after $datapoints', ({ datapoints, state }) => {
    expect(evaluateAlarm(alarm(), datapoints).state).toBe(state);
  });

  test('says which datapoints decided', () => {
    expect(evaluateAlarm(alarm(), [6, 1, 7]).reason).toBe(
      'Threshold Crossed: 2 out of the last 3 datapoints [6, 1, 7] were beyond the threshold (5).',
    );
  });
});

describe('missing data', () => {
  const none = [undefined, undefined, undefined];
  test.each([
    { treatment: 'missing', state: 'INSUFFICIENT_DATA' },
    { treatment: undefined, state: 'INSUFFICIENT_DATA' },
    { treatment: 'notBreaching', state: 'OK' },
    { treatment: 'breaching', state: 'ALARM' },
    { treatment: 'ignore', state: 'ALARM' },
  ])('treated as $treatment gives $state', ({ treatment, state }) => {
    expect(evaluateAlarm(alarm({ TreatMissingData: treatment, StateValue: 'ALARM' }), none).state).toBe(state);
  });

  test('treated as breaching counts beside real datapoints', () => {
    expect(evaluateAlarm(alarm({ TreatMissingData: 'breaching' }), [1, 6, undefined]).state).toBe('ALARM');
    expect(evaluateAlarm(alarm({ TreatMissingData: 'breaching' }), [1, 1, undefined]).state).toBe('OK');
  });
});

test.each([
  { operator: 'GreaterThanOrEqualToThreshold', value: 5 },
  { operator: 'LessThanThreshold', value: 4 },
  { operator: 'LessThanOrEqualToThreshold', value: 5 },
] as const)('$value breaches 5 by $operator', ({ operator, value }) => {
  expect(evaluateAlarm(alarm({ ComparisonOperator: operator }), [value, value, value]).state).toBe('ALARM');
});

test('an anomaly band is not guessed', () => {
  const verdict = evaluateAlarm(alarm({ ComparisonOperator: 'GreaterThanUpperThreshold' }), [9, 9, 9]);
  expect(verdict.state).toBe('INSUFFICIENT_DATA');
});

test('more breaching datapoints never turn an alarm off', () => {
  const datapoint = fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(datapoint, { minLength: 3, maxLength: 3 }), fc.nat(2), (datapoints, index) => {
      const worse = datapoints.with(index, 10);
      const was = evaluateAlarm(alarm(), datapoints).state;
      return was !== 'ALARM' || evaluateAlarm(alarm(), worse).state === 'ALARM';
    }),
  );
});

test('a running period counts only where more data cannot take a breach back', () => {
  expect(judgesRunningPeriod(alarm())).toBe(true);
  expect(judgesRunningPeriod(alarm({ Statistic: 'Average' }))).toBe(false);
  expect(judgesRunningPeriod(alarm({ ComparisonOperator: 'LessThanThreshold' }))).toBe(false);
});
