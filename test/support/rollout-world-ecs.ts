import type { Deployments, ServiceDeployment } from '#rollouts/ports.ts';

/** ECS as far as the engine knows it: service deployments, and what was asked of it. */
export class WorldEcs {
  readonly deployments = new Map<string, ServiceDeployment>();
  readonly asked: string[] = [];
  /** What a task that is stopped takes with it. */
  onStop: (task: string) => Promise<void> = async () => undefined;

  /** A deployment begins; the service's one before it, if under way, is stopped. */
  begin(deployment: string, found: ServiceDeployment): void {
    const service = (arn: string) => arn.split('/').slice(0, -1).join('/');
    for (const [other, { arn, status }] of this.deployments)
      if (status === 'inProgress' && service(arn) === service(found.arn)) this.describe(other, { status: 'stopped' });
    this.deployments.set(deployment, found);
  }

  describe(deployment: string, change: Partial<ServiceDeployment>): void {
    const found = this.deployments.get(deployment);
    if (found !== undefined) this.deployments.set(deployment, { ...found, ...change });
  }

  readonly port: Deployments = {
    describe: async (_, deployment) => this.deployments.get(deployment),
    proceed: async ({ arn, awaitingHook }) => {
      if (awaitingHook !== undefined) this.#end(arn, 'successful', 'CONTINUE');
    },
    rollBack: async ({ arn, status, awaitingHook }) => {
      if (status !== 'inProgress') return status !== 'successful';
      this.#end(arn, 'rollingBack', awaitingHook === undefined ? 'STOP ROLLBACK' : 'ROLLBACK');
      return true;
    },
    redeploy: async (_, __, ___, taskDefinition) => this.asked.push(`UPDATE ${taskDefinition}`) > 0,
    deploy: async (_, __, taskDefinition) => {
      this.asked.push(`DEPLOY ${taskDefinition}`);
      return 'ecs-svc/again';
    },
    previousTaskDefinition: async () => 'orders:before',
    stopTask: async (_, task) => {
      this.asked.push(`STOP TASK ${task}`);
      await this.onStop(task);
    },
  };

  #end(arn: string, status: ServiceDeployment['status'], verb: string): void {
    this.asked.push(verb);
    for (const [deployment, one] of this.deployments) {
      if (one.arn !== arn) continue;
      const { awaitingHook, ...rest } = one;
      this.deployments.set(deployment, { ...rest, status });
    }
  }
}
