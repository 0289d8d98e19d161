import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { Alarms } from '#rollouts/ports.ts';

/** Names that one DescribeAlarms call takes. */
const NAMES_PER_CALL = 100;

/** Metric and composite alarms of this account and region. A name nobody has given an alarm is not firing. */
export function alarms(client: CloudWatchClient): Alarms {
  return {
    async firing(names) {
      const found: { name: string; reason: string }[] = [];
      for (let from = 0; from < names.length; from += NAMES_PER_CALL) {
        const AlarmNames = names.slice(from, from + NAMES_PER_CALL);
        const command = new DescribeAlarmsCommand({
          AlarmNames,
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          StateValue: 'ALARM',
        });
        const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(command);
        for (const { AlarmName, StateReason } of [...MetricAlarms, ...CompositeAlarms])
          found.push({ name: AlarmName ?? '', reason: StateReason ?? 'no reason given' });
      }
      return found;
    },
  };
}
