import { DescribeTasksCommand, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import type { Platform } from '../../local/platform.ts';
import { addressOf } from '../../local/story/gateway-targets.ts';
import type { Counts } from '../../local/story/load.ts';
import type { Shop, ShopServiceName } from '../../local/story/shop.ts';
import { CLUSTER, type Released } from '../../local/story/shop-services.ts';

/** A running task of the shop. */
export type RunningTask = { id: string; arn: string; address: string; deployment: string; image: string };

/** What the steps of a scenario share: where it runs, what was released, and what was seen when it began. */
export class World {
  #platform: Platform | undefined;
  #shop: Shop | undefined;
  /** Releases of this test, oldest first. */
  released: Released[] = [];
  /** The client's counts when the test began. */
  countsBefore: Counts = { requests: 0, failed: 0 };
  /** Requests that were under way on a process when it was killed: those may fail. */
  excused = 0;

  get platform(): Platform {
    return entered(this.#platform);
  }

  get shop(): Shop {
    return entered(this.#shop);
  }

  enter(platform: Platform, shop: Shop): void {
    this.#platform = platform;
    this.#shop = shop;
  }

  /** The release the next step talks about. */
  get last(): Released {
    const last = this.released.at(-1);
    if (last === undefined) throw new Error('Nothing was released yet: begin with when.release(…).');
    return last;
  }

  /** The service's tasks that ECS wants to run. */
  async tasksOf(service: ShopServiceName): Promise<RunningTask[]> {
    const { taskArns = [] } = await this.shop.ecs.send(
      new ListTasksCommand({ cluster: CLUSTER, serviceName: service, desiredStatus: 'RUNNING' }),
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await this.shop.ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: taskArns }));
    return tasks.flatMap(running);
  }

  /** One task of a service; for orders one that is not of the release under way. */
  async stableTaskOf(service: ShopServiceName): Promise<RunningTask> {
    const tasks = await this.tasksOf(service);
    const canary = this.released.at(-1)?.deployment;
    const task = tasks.find(({ deployment }) => deployment !== canary);
    if (task === undefined) throw new Error(`${service} has no stable task among ${tasks.length}.`);
    return task;
  }
}

function running({ taskArn, attachments, startedBy, containers }: Task): RunningTask[] {
  const address = addressOf(attachments);
  const image = containers?.find(({ name }) => name === 'app')?.image ?? '';
  if (taskArn === undefined || address === undefined) return [];
  return [{ id: taskArn.split('/').at(-1) ?? '', arn: taskArn, address, deployment: startedBy ?? '', image }];
}

function entered<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The scenario has not begun: its steps belong into tests, not beside them.');
  return value;
}
