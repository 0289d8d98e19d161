import type { HttpClient } from './http-request.ts';

/** What the ECS metadata endpoint (v4) tells of the task. */
export interface TaskMetadata {
  /** Last part of the task's ARN. */
  readonly task: string;
  readonly region: string;
  readonly account: string;
}

/** Reads `${ECS_CONTAINER_METADATA_URI_V4}/task`. Throws with what was answered when it holds no task ARN. */
export async function readTaskMetadata(uri: string, request: HttpClient): Promise<TaskMetadata> {
  const { status, body } = await request({ url: `${uri}/task` });
  const text = body.toString();
  const arn = status === 200 ? (JSON.parse(text) as { TaskARN?: string }).TaskARN : undefined;
  const [, region, account, task] = /^arn:[a-z-]+:ecs:([^:]+):(\d+):task\/(?:[^/]+\/)?([^/]+)$/.exec(arn ?? '') ?? [];
  if (region === undefined || account === undefined || task === undefined)
    throw new Error(`the task metadata endpoint answered ${status} without a task ARN: ${text.slice(0, 200)}`);
  return { task, region, account };
}
