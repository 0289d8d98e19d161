import type { FindTasks } from '#aws/find-tasks.ts';
import type { ProxyItems, TaskItem } from '#aws/proxy-items.ts';

/** What the sweep of orphans looks at. */
export interface SweepOrphanPorts {
  readonly findTasks: FindTasks;
  readonly noticeTask: (task: TaskItem) => Promise<void>;
}

/** Tasks whose sidecars report though no event of ECS has told of them. */
export function orphansOf({ tasks, sidecars }: ProxyItems): readonly string[] {
  const known = new Set(tasks.map(({ task }) => task));
  return [...sidecars.keys()].filter((task) => !known.has(task));
}

/** Asks ECS for tasks whose first event was lost: without it they would never be endpoints, nor be waited for. */
export async function sweepOrphans({ findTasks, noticeTask }: SweepOrphanPorts, orphans: readonly string[]) {
  if (orphans.length === 0) return;
  for (const task of await findTasks(orphans)) await noticeTask(task);
}
