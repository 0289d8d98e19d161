import type { TaskItem } from '#aws/proxy-items.ts';
import type { MeshedTaskDefinition } from '#aws/proxy-of-task.ts';
import type { TaskDetail } from './event-schemas.ts';

/** The task as an event tells it. */
export function taskItemOf(detail: TaskDetail, { proxy, interception }: MeshedTaskDefinition): TaskItem {
  const { clusterArn, lastStatus, desiredStatus, version, startedBy = '', group, availabilityZone } = detail;
  const address = addressOf(detail);
  const serviceArn = serviceArnOf(clusterArn, group);
  return {
    task: lastSegment(detail.taskArn),
    proxy,
    deployment: startedBy.startsWith('ecs-svc/') ? startedBy : '',
    interception,
    lastStatus,
    desiredStatus,
    version,
    cluster: clusterArn,
    startedAt: detail.createdAt,
    ...(address !== undefined && { address }),
    ...(availabilityZone !== undefined && { az: availabilityZone }),
    ...(serviceArn !== undefined && { serviceArn }),
  };
}

/** The network interface's own details come first (awsvpc); containers repeat the address. */
function addressOf({ attachments, containers }: TaskDetail): string | undefined {
  const details = attachments.filter(({ type }) => type === 'eni').flatMap((attachment) => attachment.details);
  const attached = details.find(({ name }) => name === 'privateIPv4Address')?.value;
  const repeated = containers.flatMap(({ networkInterfaces }) => networkInterfaces);
  return attached ?? repeated.find(({ privateIpv4Address }) => privateIpv4Address !== undefined)?.privateIpv4Address;
}

/** `…:cluster/shop` and `service:orders` make `…:service/shop/orders`. */
function serviceArnOf(clusterArn: string, group: string | undefined): string | undefined {
  const [, service] = /^service:(.+)$/.exec(group ?? '') ?? [];
  return service === undefined ? undefined : `${clusterArn.replace(':cluster/', ':service/')}/${service}`;
}

const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
