import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Measure } from '#rollouts/measures.ts';

/** Numbers of one occasion. */
export interface Measurement {
  /** Each combination is a metric that costs money: few values, never a task's or a rollout's. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Found beside the numbers by CloudWatch Logs Insights, at no cost. */
  readonly about: Readonly<Record<string, string>>;
  readonly measures: readonly Measure[];
}

/** Writes one line of embedded metric format: CloudWatch makes metrics of namespace `Weir` out of it. */
export function emitMetrics({ dimensions, about, measures }: Measurement): void {
  const metrics = new Metrics({ namespace: 'Weir', serviceName: 'weir' });
  metrics.addDimensions(dimensions);
  for (const [name, value] of Object.entries(about)) metrics.addMetadata(name, value);
  for (const { name, unit, value } of measures) metrics.addMetric(name, unit, value);
  metrics.publishStoredMetrics();
}
