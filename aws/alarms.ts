import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { AlarmState, Alarms } from '#rollouts/policy-ports.ts';

/** Names that one DescribeAlarms call takes. */
const NAMES_PER_CALL = 100;

/** Metric and composite alarms of this account and region. */
export function alarms(client: CloudWatchClient): Alarms {
  return {
    async of(names) {
      const found: AlarmState[] = [];
      for (let from = 0; from < names.length; from += NAMES_PER_CALL) {
        const AlarmNames = names.slice(from, from + NAMES_PER_CALL);
        const command = new DescribeAlarmsCommand({
          AlarmNames,
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          MaxRecords: NAMES_PER_CALL,
        });
        const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(command);
        for (const { AlarmName: name = '', StateValue, StateReason: reason = 'no reason given' } of [
          ...MetricAlarms,
          ...CompositeAlarms,
        ])
          found.push({ name, isFiring: StateValue === 'ALARM', reason });
      }
      return found;
    },
  };
}
