import { DescribeTasksCommand, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import type { Platform } from '../../local/platform.ts';
import { addressOf } from '../../local/story/gateway-targets.ts';
import type { FailedRequest } from '../../local/story/load.ts';
import type { Shop, ShopServiceName } from '../../local/story/shop.ts';
import { ORDERS_HOST } from '../../local/story/shop-mesh.ts';
import { CLUSTER, type Released } from '../../local/story/shop-services.ts';

/** A running task of the shop. */
export type RunningTask = { id: string; arn: string; address: string; deployment: string; image: string };

/** The kernel closes the sockets of a killed process one after the other; on a busy machine that takes so long. */
const BREAKING_MS = 100;

/** What the steps of a scenario share: where it runs, what was released, and what was seen when it began. */
export class World {
  #platform: Platform | undefined;
  #shop: Shop | undefined;
  /** Releases of this test, oldest first. */
  released: Released[] = [];
  /** The version of orders that served when the test began. */
  stable = '';
  /** When the test began, in epoch milliseconds. */
  began = 0;
  /** Addresses of gateway tasks whose Envoy was killed: what was under way there may fail. */
  killed: string[] = [];

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

  /**
   * Failures of this test's time that no killed gateway excuses: it takes what was sent to it until its last connection
   * broke, which is when the client learns of it.
   */
  unexcusedFailures(): FailedRequest[] {
    const failures = this.shop.load.failures().filter(({ at }) => at >= this.began);
    const brokeAt = (address: string) =>
      Math.min(...failures.filter((one) => one.address === address).map(({ at }) => at));
    return failures.filter(
      ({ address, sentAt }) => !this.killed.includes(address) || sentAt > brokeAt(address) + BREAKING_MS,
    );
  }

  /** How many of so many requests through the gateway each version of orders answered; `status 503` for errors. */
  async versionsSeen(samples: number, more: Record<string, string> = {}): Promise<Record<string, number>> {
    const seen: Record<string, number> = {};
    const targets = this.shop.gateway.current();
    for (let sample = 0; sample < samples; sample++) {
      const { address, port } = targets[sample % targets.length] ?? {};
      const answer = await fetch(`http://${address}:${port}/`, { headers: { host: ORDERS_HOST, ...more } });
      const { version = `status ${answer.status}` } = (await answer.json().catch(() => ({}))) as { version?: string };
      seen[version] = (seen[version] ?? 0) + 1;
    }
    return seen;
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
