import * as v from 'valibot';
import { PermanentError } from '#aws/permanent-error.ts';
import type { BusEvent, Log } from '#aws/subscriber.ts';
import { type AlarmEventPorts, alarmEvent } from './alarm-event.ts';
import { deploymentEvent } from './deployment-event.ts';
import { alarmDetail, deploymentDetail, hookDetail, taskDetail } from './event-schemas.ts';
import { type HookEventPorts, hookEvent } from './hook-event.ts';
import { type TaskEventPorts, taskEvent } from './task-event.ts';

/** Everything an event may touch. */
export type RouteEventsPorts = TaskEventPorts & HookEventPorts & AlarmEventPorts & { readonly log: Log };

/** An event that is not what its sender documents; trying it again would not help a function that cannot read it. */
export class EventNotUnderstoodError extends PermanentError {
  override readonly name = 'EventNotUnderstood';
}

/** Gives each event of the bus to the one part that knows its detail type. */
export function routeEvents(ports: RouteEventsPorts): (event: BusEvent) => Promise<void> {
  const onDeployment = deploymentEvent(ports);
  const onAlarm = alarmEvent(ports);
  const routes: Readonly<Record<string, (event: BusEvent) => Promise<void>>> = {
    'ECS Task State Change': reading(taskDetail, taskEvent(ports)),
    'ECS Deployment State Change': (event) =>
      reading(deploymentDetail, (detail) => onDeployment(event.resources[0] ?? '', detail))(event),
    'ECS Hook State Change': reading(hookDetail, hookEvent(ports)),
    'CloudWatch Alarm State Change': (event) =>
      reading(alarmDetail, (detail) => onAlarm(detail, Date.parse(event.time)))(event),
  };
  return async (event) => {
    const route = routes[event['detail-type']];
    if (route === undefined) return ports.log.warn('no route for event', { detailType: event['detail-type'] });
    await route(event);
  };
}

function reading<Schema extends v.GenericSchema>(
  schema: Schema,
  handle: (detail: v.InferOutput<Schema>) => Promise<void>,
): (event: BusEvent) => Promise<void> {
  return async ({ detail, id, 'detail-type': type }) => {
    const result = v.safeParse(schema, detail);
    if (result.success) return handle(result.output);
    const [issue] = result.issues;
    throw new EventNotUnderstoodError(`${type} ${id}: detail.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  };
}
