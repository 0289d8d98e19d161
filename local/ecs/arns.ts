import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Builds the ARNs of one account and region, in ECS's long format. */
export type Arns = ReturnType<typeof arnsOf>;

/** ARNs of `account` in `region`; formats from the ECS service authorization reference. */
export function arnsOf(region: string, account: string) {
  const arn = (resource: string) => `arn:aws:ecs:${region}:${account}:${resource}`;
  return {
    cluster: (cluster: string) => arn(`cluster/${cluster}`),
    service: (cluster: string, service: string) => arn(`service/${cluster}/${service}`),
    serviceDeployment: (cluster: string, service: string, id: string) =>
      arn(`service-deployment/${cluster}/${service}/${id}`),
    serviceRevision: (cluster: string, service: string, id: string) =>
      arn(`service-revision/${cluster}/${service}/${id}`),
    task: (cluster: string, id: string) => arn(`task/${cluster}/${id}`),
    container: (cluster: string, task: string, id: string) => arn(`container/${cluster}/${task}/${id}`),
    taskDefinition: (family: string, revision: number) => arn(`task-definition/${family}:${revision}`),
  };
}

/** Where new identifiers come from; injected so that deployment logic stays deterministic under test. */
export type Mint = {
  /** Digits of `ecs-svc/<digits>`, which are also the last segment of the service revision's ARN. */
  revision(): string;
  /** Last segment of a service deployment ARN: 21 URL-safe characters, as in the documentation's samples. */
  deployment(): string;
  /** `ecs-pause-` and 43 URL-safe characters. */
  hook(): string;
};

/** Identifiers as ECS shapes them, from the system's random source. */
export const randomMint: Mint = {
  revision: () => `${randomInt(1, 9)}${Array.from({ length: 3 }, () => `${randomInt(1e6)}`.padStart(6, '0')).join('')}`,
  deployment: () => randomBytes(16).toString('base64url').slice(0, 21),
  hook: () => `ecs-pause-${randomBytes(32).toString('base64url')}`,
};

/** 32 hexadecimal characters, as ECS names a task. */
export function taskId(): string {
  return randomUUID().replaceAll('-', '');
}

/** The last `/`-separated segment: a name given as itself or as an ARN. */
export function lastSegment(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** `startedBy` of a service's tasks and the `id` of its entry in `deployments[]`. */
export function deploymentIdOf(revision: string): string {
  return `ecs-svc/${revision}`;
}
