import { DescribeTasksCommand, type ECSClient, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import type { Target } from './load.ts';
import { PORT } from './shop-mesh.ts';
import { CLUSTER } from './shop-services.ts';

const REFRESH_MS = 500;

/** The gateway's healthy tasks, refreshed like a load balancer's target group, until `stop`. */
export class GatewayTargets {
  readonly #ecs: ECSClient;
  readonly #service: string;
  #targets: readonly Target[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(ecs: ECSClient, service: string) {
    this.#ecs = ecs;
    this.#service = service;
  }

  current = (): readonly Target[] => this.#targets;

  /** Reads them now and then again and again; a failed reading keeps the last ones. */
  async start(): Promise<void> {
    await this.#refresh().catch(() => {});
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.#refresh()
        .catch(() => {})
        .finally(() => this.#schedule());
    }, REFRESH_MS);
  }

  async #refresh(): Promise<void> {
    const { taskArns = [] } = await this.#ecs.send(
      new ListTasksCommand({ cluster: CLUSTER, serviceName: this.#service }),
    );
    if (taskArns.length === 0) return;
    const { tasks = [] } = await this.#ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: taskArns }));
    this.#targets = tasks.flatMap(targetOf);
  }
}

function targetOf({ taskArn, attachments, desiredStatus, healthStatus }: Task): Target[] {
  const address = addressOf(attachments);
  if (desiredStatus !== 'RUNNING' || healthStatus !== 'HEALTHY' || address === undefined) return [];
  return [{ task: taskArn?.split('/').at(-1) ?? '-', address, port: PORT }];
}

/** The private address of a task, from its network interface's attachment. */
export function addressOf(attachments: Task['attachments']): string | undefined {
  const details = attachments?.flatMap((attachment) => attachment.details ?? []) ?? [];
  return details.find(({ name }) => name === 'privateIPv4Address')?.value;
}
