import { ClusterNotFoundException, DescribeTasksCommand, type ECSClient, type Task } from '@aws-sdk/client-ecs';
import { inParallel } from './in-parallel.ts';
import type { TaskItem } from './proxy-items.ts';

/** What ECS says of a task now; `missing`: it stopped an hour or more ago, or never was. */
export type SeenTask = Pick<TaskItem, 'address' | 'lastStatus' | 'desiredStatus' | 'version'> | 'missing';

/** What ECS says of tasks (ids) of one cluster, by id; a task it says nothing about is left out. */
export type SeeTasks = (cluster: string, tasks: readonly string[]) => Promise<ReadonlyMap<string, SeenTask>>;

/** Tasks that one DescribeTasks call takes. */
const TASKS_PER_CALL = 100;

/** Tasks by ECS. The version is the one their events carry: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html */
export function seeTasks(client: ECSClient): SeeTasks {
  return async (cluster, tasks) => {
    const chunks = Array.from({ length: Math.ceil(tasks.length / TASKS_PER_CALL) }, (_, index) =>
      tasks.slice(index * TASKS_PER_CALL, (index + 1) * TASKS_PER_CALL),
    );
    return new Map((await inParallel(chunks, 2, (chunk) => see(client, cluster, chunk))).flat());
  };
}

async function see(client: ECSClient, cluster: string, ids: readonly string[]): Promise<readonly [string, SeenTask][]> {
  try {
    const { tasks = [], failures = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: [...ids] }));
    const missing = failures.filter(({ reason }) => reason === 'MISSING');
    return [
      ...tasks.flatMap(seen),
      ...missing.map(({ arn = '' }): [string, SeenTask] => [lastSegment(arn), 'missing']),
    ];
  } catch (error) {
    if (!(error instanceof ClusterNotFoundException)) throw error;
    return ids.map((id): [string, SeenTask] => [id, 'missing']);
  }
}

function seen({ taskArn, lastStatus, desiredStatus, version, attachments = [] }: Task): [string, SeenTask][] {
  if (taskArn === undefined || lastStatus === undefined || desiredStatus === undefined || version === undefined)
    return [];
  const details = attachments.flatMap((attachment) => attachment.details ?? []);
  const address = details.find(({ name }) => name === 'privateIPv4Address')?.value;
  return [
    [lastSegment(taskArn), { lastStatus, desiredStatus, version, ...(address === undefined ? {} : { address }) }],
  ];
}

const lastSegment = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
