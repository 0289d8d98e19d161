import type { TaskItem } from '#aws/proxy-items.ts';
import type { SeenTask, SeeTasks } from '#aws/tasks.ts';
import type { Clock } from '#rollouts/ports.ts';

/** What the sweep of tasks looks at. */
export interface SweepTaskPorts {
  readonly seeTasks: SeeTasks;
  readonly noticeTask: (task: TaskItem) => Promise<void>;
  readonly now: Clock;
}

/** ECS is consistent only eventually: a task it does not know is new, or gone. Longer than any of its reads lags. */
const NEW_MS = 5 * 60_000;

/** Notices what ECS says of a cluster's tasks where it is newer than the last event that came through: an event may be lost. */
export async function sweepTasks(ports: SweepTaskPorts, cluster: string, tasks: readonly TaskItem[]): Promise<void> {
  const live = tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  if (live.length === 0) return;
  const seen = await ports.seeTasks(
    cluster,
    live.map(({ task }) => task),
  );
  for (const task of live) {
    const newer = newerOf(task, seen.get(task.task), ports.now());
    if (newer !== undefined) await ports.noticeTask(newer);
  }
}

function newerOf(task: TaskItem, seen: SeenTask | undefined, now: number): TaskItem | undefined {
  if (seen === undefined) return undefined;
  if (seen !== 'missing') return seen.version > task.version ? { ...task, ...seen } : undefined;
  if (now - task.startedAt < NEW_MS) return undefined;
  return { ...task, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', version: task.version + 1 };
}
