import type { ComparisonOperator, MetricAlarm, StateValue } from '@aws-sdk/client-cloudwatch';

/** What an evaluation found: the state, and CloudWatch's kind of sentence for it. */
export type Verdict = { state: StateValue; reason: string };

/** One value per period, newest first; `undefined` where the metric has no data. */
export type Datapoints = readonly (number | undefined)[];

const BREACHES: Partial<Record<ComparisonOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Statistics that further data of the same period can only raise: a breach of an upper threshold is final. */
const RISING = new Set(['Sum', 'Maximum', 'SampleCount']);

/** True when the running period may already count: it has breached an upper threshold and can only go further. */
export function judgesRunningPeriod({ ComparisonOperator: operator, Statistic }: MetricAlarm): boolean {
  return RISING.has(Statistic ?? '') && (operator?.startsWith('GreaterThan') ?? false);
}

/**
 * The state of an alarm on one metric after its last evaluation periods, with CloudWatch's M-out-of-N rule and its four
 * treatments of missing data. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export function evaluateAlarm(alarm: MetricAlarm, datapoints: Datapoints): Verdict {
  const { Threshold: threshold = 0, TreatMissingData: treatment = 'missing', EvaluationPeriods: periods = 1 } = alarm;
  const needed = alarm.DatapointsToAlarm ?? periods;
  const breaches = BREACHES[alarm.ComparisonOperator ?? 'GreaterThanThreshold'];
  if (!breaches)
    return { state: 'INSUFFICIENT_DATA', reason: `Not evaluated: ${alarm.ComparisonOperator} needs an anomaly model.` };
  const known = datapoints.filter((value) => value !== undefined);
  const missing = datapoints.length - known.length;
  const breaching = known.filter((value) => breaches(value, threshold));
  const counted = breaching.length + (treatment === 'breaching' ? missing : 0);
  if (counted >= needed) return { state: 'ALARM', reason: crossed(counted, periods, known, threshold, '') };
  if (known.length === 0) return withoutData(alarm, treatment);
  return { state: 'OK', reason: crossed(periods - counted, periods, known, threshold, 'not ') };
}

function withoutData(alarm: MetricAlarm, treatment: string): Verdict {
  const reason = `No datapoints were received for ${alarm.EvaluationPeriods} period(s); missing data is treated as [${treatment}].`;
  if (treatment === 'ignore') return { state: alarm.StateValue ?? 'INSUFFICIENT_DATA', reason };
  return { state: treatment === 'missing' ? 'INSUFFICIENT_DATA' : 'OK', reason };
}

function crossed(
  count: number,
  periods: number,
  known: readonly number[],
  threshold: number,
  not: '' | 'not ',
): string {
  const were = count === 1 ? 'was' : 'were';
  return `Threshold Crossed: ${count} out of the last ${periods} datapoints [${known.join(', ')}] ${were} ${not}beyond the threshold (${threshold}).`;
}
