import { emitMetrics } from '#aws/metrics.ts';
import { subscriber } from '#aws/subscriber.ts';
import { measureRollouts } from './measure-rollouts.ts';

export const handler = subscriber(measureRollouts(emitMetrics));
