import { lastSegment } from './arns.ts';
import { EcsError } from './ecs-error.ts';
import type { Service, ServiceDeployment, TaskDefinitionRecord } from './state.ts';
import type { Task } from './task.ts';

/** ECS keeps a stopped task describable for at least an hour. */
const STOPPED_TASK_MS = 3_600_000;

/** Everything the engine knows, and how the API's names and ARNs find it. */
export class Registry {
  readonly clusters = new Set<string>();
  readonly tasks = new Map<string, Task>();
  readonly #services = new Map<string, Service>();
  readonly #definitions = new Map<string, TaskDefinitionRecord[]>();

  /** The name of an existing cluster given by name or ARN; `default` if none is given. */
  cluster(nameOrArn = 'default'): string {
    const name = lastSegment(nameOrArn);
    if (!this.clusters.has(name)) throw new EcsError('ClusterNotFoundException', `Cluster not found: ${name}.`);
    return name;
  }

  services(): Service[] {
    return [...this.#services.values()];
  }

  findService(cluster: string, nameOrArn: string): Service | undefined {
    return this.#services.get(`${cluster}/${lastSegment(nameOrArn)}`);
  }

  service(cluster: string, nameOrArn: string): Service {
    const service = this.findService(cluster, nameOrArn);
    if (!service) {
      throw new EcsError('ServiceNotFoundException', `Service not found: ${lastSegment(nameOrArn)} in ${cluster}.`);
    }
    return service;
  }

  putService(service: Service): void {
    this.#services.set(`${service.cluster}/${service.name}`, service);
  }

  /** The service and deployment behind `…:service-deployment/<cluster>/<service>/<id>`. */
  findDeployment(arn: string): { service: Service; deployment: ServiceDeployment } | undefined {
    const [kind = '', cluster = '', name = '', id] = arn.split('/');
    if (!kind.endsWith(':service-deployment')) return undefined;
    const service = this.findService(cluster, name);
    const deployment = service?.deployments.find((candidate) => candidate.id === id);
    return service && deployment ? { service, deployment } : undefined;
  }

  deployment(arn: string): { service: Service; deployment: ServiceDeployment } {
    const found = this.findDeployment(arn);
    if (!found) throw new EcsError('ServiceDeploymentNotFoundException', `Service deployment not found: ${arn}.`);
    return found;
  }

  /** Adds the next revision of a family. */
  addDefinition(family: string, build: (revision: number) => TaskDefinitionRecord): TaskDefinitionRecord {
    const revisions = this.#definitions.get(family) ?? [];
    const definition = build(revisions.length + 1);
    this.#definitions.set(family, [...revisions, definition]);
    return definition;
  }

  definitions(): TaskDefinitionRecord[] {
    return [...this.#definitions.values()].flat();
  }

  /** A task definition by `family` (its newest active revision), `family:revision` or ARN. */
  findDefinition(reference: string): TaskDefinitionRecord | undefined {
    const [family = '', revision] = lastSegment(reference).split(':');
    const revisions = this.#definitions.get(family) ?? [];
    if (revision === undefined) return revisions.findLast((one) => one.status === 'ACTIVE');
    return revisions.find((one) => `${one.revision}` === revision);
  }

  /** As {@link findDefinition}, for starting something of it. */
  activeDefinition(reference: string): TaskDefinitionRecord {
    const definition = this.findDefinition(reference);
    if (!definition) throw new EcsError('ClientException', `TaskDefinition not found: ${reference}.`);
    if (definition.status !== 'ACTIVE')
      throw new EcsError('ClientException', `TaskDefinition is inactive: ${reference}.`);
    return definition;
  }

  /** Tasks of a service, stopped ones included. */
  tasksOf(service: Service): Task[] {
    return [...this.tasks.values()].filter(
      ({ record }) => record.cluster === service.cluster && record.service === service.name,
    );
  }

  forgetOldTasks(now: number): void {
    for (const [id, { record }] of this.tasks) {
      if (record.stoppedAt !== undefined && now - record.stoppedAt > STOPPED_TASK_MS) this.tasks.delete(id);
    }
  }
}
