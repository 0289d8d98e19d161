import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { World } from './given-when-then-world.ts';

const NAMESPACE = 'Shop';
/** The shortest period CloudWatch judges: a high-resolution alarm's. */
const PERIOD_SECONDS = 10;

/** A user's own CloudWatch alarm, judged by the evaluator of local mode. */
export const alarms = (world: World) => {
  const send = async (command: PutMetricAlarmCommand | PutMetricDataCommand): Promise<void> => {
    const { urls, region, iam } = world.platform;
    const client = new CloudWatchClient({ endpoint: urls.aws, region, credentials: iam });
    await (command instanceof PutMetricAlarmCommand ? client.send(command) : client.send(command));
    client.destroy();
  };
  return {
    /** An alarm that fires for any datapoint above 0 of the metric of its name. */
    alarm: (name: string): Promise<void> =>
      send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          Namespace: NAMESPACE,
          MetricName: name,
          Statistic: 'Sum',
          Period: PERIOD_SECONDS,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'notBreaching',
        }),
      ),

    /** The metric of the alarm's name goes above its threshold. */
    metricRises: (name: string): Promise<void> =>
      send(
        new PutMetricDataCommand({
          Namespace: NAMESPACE,
          MetricData: [{ MetricName: name, Value: 1, StorageResolution: 1 }],
        }),
      ),
  };
};
