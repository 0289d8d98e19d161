import type { HttpAnswer } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import type { ReadTaskDefinition } from '#aws/proxy-of-task.ts';
import type { RolloutRequest } from '#aws/start-rollout.ts';
import type { Splits } from '#rollouts/ports.ts';

/** A service's newest deployment. */
export interface PrimaryDeployment {
  readonly deployment: string;
  readonly taskDefinition: string;
  readonly cluster: string;
}

/** What starting by hand needs. */
export interface StartByHandPorts {
  readonly primary: (service: string) => Promise<PrimaryDeployment | undefined>;
  readonly taskDefinition: ReadTaskDefinition;
  readonly splits: Pick<Splits, 'get'>;
  readonly start: (request: RolloutRequest) => Promise<{ readonly id: string }>;
}

/** Starts the rollout of a service's newest deployment, as its event would have; one that runs already is answered. */
export async function startByHand(ports: StartByHandPorts, service: string, actor: string): Promise<HttpAnswer> {
  const primary = await ports.primary(service);
  if (primary === undefined) throw new HttpError(404, 'NotFound', `ECS knows no active service ${service}`, 'service');
  const { deployment, taskDefinition, cluster } = primary;
  const meshed = await ports.taskDefinition(taskDefinition);
  if (meshed === undefined)
    throw new HttpError(
      409,
      'Conflict',
      `${taskDefinition} names no virtual node: set APPMESH_RESOURCE_ARN in its containers`,
    );
  const { proxy: node } = meshed;
  const stored = await ports.splits.get(node);
  if (stored?.split.stable.includes(deployment))
    throw new HttpError(
      409,
      'Conflict',
      `${deployment} is the stable variant of ${node.name}: nothing is to be rolled out`,
    );
  const { id } = await ports.start({
    serviceArn: service,
    clusterArn: cluster,
    deployment,
    node,
    taskDefinition,
    actor,
  });
  return { status: 202, body: { id } };
}
