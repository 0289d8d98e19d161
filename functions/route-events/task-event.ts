import { type NoticeTaskPorts, noticeTask } from '#aws/notice-task.ts';
import type { ReadTaskDefinition } from '#aws/proxy-of-task.ts';
import type { TaskDetail } from './event-schemas.ts';
import { taskItemOf } from './task-item.ts';

/** What a task's change touches. */
export interface TaskEventPorts extends NoticeTaskPorts {
  readonly taskDefinition: ReadTaskDefinition;
}

/** Notices a task's state; a task that runs no proxy is none of ours. */
export const taskEvent =
  (ports: TaskEventPorts) =>
  async (detail: TaskDetail): Promise<void> => {
    const meshed = await ports.taskDefinition(detail.taskDefinitionArn);
    if (meshed !== undefined) await noticeTask(ports)(taskItemOf(detail, meshed));
  };
