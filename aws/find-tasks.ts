import { DescribeTasksCommand, type ECSClient, paginateListClusters, type Task } from '@aws-sdk/client-ecs';
import type { TaskItem } from './proxy-items.ts';
import type { ReadTaskDefinition } from './proxy-of-task.ts';

/** Finds tasks (ids) of the mesh in whichever cluster they run; those that ECS does not know are left out. */
export type FindTasks = (ids: readonly string[]) => Promise<readonly TaskItem[]>;

/** Tasks that one DescribeTasks call takes. */
const TASKS_PER_CALL = 100;

/** Tasks by ECS, asked for in every cluster of the account: an id does not tell its cluster. */
export function findTasks(client: ECSClient, taskDefinition: ReadTaskDefinition): FindTasks {
  return async (ids) => {
    const found: TaskItem[] = [];
    for await (const { clusterArns = [] } of paginateListClusters({ client }, {}))
      for (const cluster of clusterArns) found.push(...(await tasksIn(client, taskDefinition, cluster, ids)));
    return found;
  };
}

/** The rest of a great many comes with the next sweep. */
async function tasksIn(client: ECSClient, taskDefinition: ReadTaskDefinition, cluster: string, ids: readonly string[]) {
  const command = new DescribeTasksCommand({ cluster, tasks: ids.slice(0, TASKS_PER_CALL) });
  const { tasks = [] } = await client.send(command);
  return (await Promise.all(tasks.map((task) => itemOf(task, taskDefinition)))).flatMap((item) => item ?? []);
}

async function itemOf(task: Task, taskDefinition: ReadTaskDefinition): Promise<TaskItem | undefined> {
  const { taskArn, taskDefinitionArn, clusterArn, lastStatus, desiredStatus, version, createdAt } = task;
  if (!taskArn || !taskDefinitionArn || !clusterArn || !lastStatus || !desiredStatus || version === undefined) return;
  const meshed = await taskDefinition(taskDefinitionArn);
  if (meshed === undefined) return;
  const { startedBy = '', group = '', availabilityZone, attachments = [] } = task;
  const details = attachments.flatMap((attachment) => attachment.details ?? []);
  const address = details.find(({ name }) => name === 'privateIPv4Address')?.value;
  const [, service] = /^service:(.+)$/.exec(group) ?? [];
  return {
    ...meshed,
    task: taskArn.slice(taskArn.lastIndexOf('/') + 1),
    deployment: startedBy.startsWith('ecs-svc/') ? startedBy : '',
    lastStatus,
    desiredStatus,
    version,
    cluster: clusterArn,
    startedAt: createdAt?.getTime() ?? 0,
    ...(address !== undefined && { address }),
    ...(availabilityZone !== undefined && { az: availabilityZone }),
    ...(service !== undefined && { serviceArn: `${clusterArn.replace(':cluster/', ':service/')}/${service}` }),
  };
}
