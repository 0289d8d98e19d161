import { randomUUID } from 'node:crypto';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricAlarm,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type Datapoints, evaluateAlarm, judgesRunningPeriod, type Verdict } from './alarm-state.ts';
import type { AwsAccess } from './deploy.ts';

/** A running evaluator; `stop` waits for the evaluation under way. */
export type Alarms = { stop(): Promise<void> };

export type AlarmsOptions = {
  aws: AwsAccess;
  log: (line: string) => void;
  /** Pause between evaluations. CloudWatch evaluates high-resolution alarms every 10 s; local stories are shorter. */
  intervalMs?: number;
};

type Clients = { cloudWatch: CloudWatchClient; events: EventBridgeClient };

/**
 * Judges the account's metric alarms over the public CloudWatch API and publishes `CloudWatch Alarm State Change` for
 * each transition. MiniStack does neither rightly. Metric-math and composite alarms are left as they are, said once.
 */
export function startAlarms({ aws, log, intervalMs = 500 }: AlarmsOptions): Alarms {
  const clients = { cloudWatch: new CloudWatchClient(aws), events: new EventBridgeClient(aws) };
  const unsupported = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let underWay = evaluateAgain();

  async function evaluateAgain(): Promise<void> {
    await evaluateAll(clients, unsupported, log).catch((error: Error) => stopped || log(`alarms: ${error.message}`));
    if (!stopped) {
      timer = setTimeout(() => {
        underWay = evaluateAgain();
      }, intervalMs);
    }
  }

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await underWay;
      clients.cloudWatch.destroy();
      clients.events.destroy();
    },
  };
}

async function evaluateAll(clients: Clients, unsupported: Set<string>, log: AlarmsOptions['log']): Promise<void> {
  for await (const page of paginateDescribeAlarms({ client: clients.cloudWatch }, {})) {
    for (const { AlarmName: name = '' } of page.CompositeAlarms ?? [])
      sayOnce(unsupported, name, 'a composite alarm', log);
    for (const alarm of page.MetricAlarms ?? []) {
      if (alarm.MetricName === undefined) sayOnce(unsupported, alarm.AlarmName ?? '', 'a metric-math alarm', log);
      else await evaluateOne(clients, alarm);
    }
  }
}

function sayOnce(said: Set<string>, name: string, kind: string, log: AlarmsOptions['log']): void {
  if (!said.has(name)) log(`alarms: ${name} is ${kind}; local mode does not evaluate it.`);
  said.add(name);
}

async function evaluateOne(clients: Clients, alarm: MetricAlarm): Promise<void> {
  const verdict = await judge(clients.cloudWatch, alarm);
  if (verdict.state === alarm.StateValue) return;
  const { AlarmName } = alarm;
  await clients.cloudWatch.send(
    new SetAlarmStateCommand({ AlarmName, StateValue: verdict.state, StateReason: verdict.reason }),
  );
  await clients.events.send(new PutEventsCommand({ Entries: [stateChange(alarm, verdict, new Date())] }));
}

/** Complete periods decide; a running one only when it can no longer fall back below an upper threshold. */
async function judge(client: CloudWatchClient, alarm: MetricAlarm): Promise<Verdict> {
  const { Period: period = 60, EvaluationPeriods: count = 1 } = alarm;
  const running = Math.floor(Date.now() / 1000 / period) * period;
  const newest: Datapoints = await Promise.all(
    Array.from({ length: count + 1 }, (_, age) => datapoint(client, alarm, running - age * period, period)),
  );
  if (judgesRunningPeriod(alarm)) {
    const now = evaluateAlarm(alarm, newest.slice(0, count));
    if (now.state === 'ALARM') return now;
  }
  return evaluateAlarm(alarm, newest.slice(1));
}

async function datapoint(
  client: CloudWatchClient,
  alarm: MetricAlarm,
  start: number,
  period: number,
): Promise<number | undefined> {
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic } = alarm;
  const { MetricDataResults: [result] = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(start * 1000),
      EndTime: new Date((start + period) * 1000),
      MetricDataQueries: [
        {
          Id: 'm',
          MetricStat: {
            Metric: { Namespace, MetricName, Dimensions },
            Period: period,
            Stat: Statistic ?? ExtendedStatistic,
          },
        },
      ],
    }),
  );
  return result?.Values?.at(-1);
}

/** AWS's shape: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
function stateChange(alarm: MetricAlarm, verdict: Verdict, now: Date) {
  const dimensions = Object.fromEntries((alarm.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]));
  const metric = { namespace: alarm.Namespace, name: alarm.MetricName, dimensions };
  const stat = alarm.Statistic ?? alarm.ExtendedStatistic;
  const detail = {
    alarmName: alarm.AlarmName,
    state: { value: verdict.state, reason: verdict.reason, timestamp: timestamp(now) },
    previousState: {
      value: alarm.StateValue,
      reason: alarm.StateReason,
      timestamp: timestamp(alarm.StateUpdatedTimestamp ?? now),
    },
    configuration: {
      ...(alarm.AlarmDescription === undefined ? {} : { description: alarm.AlarmDescription }),
      metrics: [{ id: randomUUID(), metricStat: { metric, period: alarm.Period, stat }, returnData: true }],
    },
  };
  return {
    Source: 'aws.cloudwatch',
    DetailType: 'CloudWatch Alarm State Change',
    Resources: [alarm.AlarmArn ?? ''],
    Detail: JSON.stringify(detail),
  };
}

/** CloudWatch writes `+0000`, not `Z`. */
const timestamp = (date: Date) => date.toISOString().replace('Z', '+0000');
