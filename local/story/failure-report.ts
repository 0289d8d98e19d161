import { join } from 'node:path';
import type { FailedRequest } from './load.ts';

const SHOWN = 5;

/** What to look at when something went wrong: the last failed requests, and where the logs lie. */
export function failureReport(failures: readonly FailedRequest[], directory: string): string {
  const last = failures
    .slice(-SHOWN)
    .map(
      ({ at, method, task, reason }) => `  ${new Date(at).toISOString()} ${method} by front task ${task}: ${reason}`,
    );
  return [
    ...(last.length > 0 ? ['The last failed requests:', ...last] : []),
    'Where to look:',
    `  ${join(directory, 'logs')}/<task>-<container>.log: each container, Envoy and its agent in *-envoy.log`,
    `  ${directory}: the platform's own logs (Lambda functions, Step Functions, the local ECS)`,
  ].join('\n');
}
