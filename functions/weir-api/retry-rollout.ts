import type { HttpAnswer } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import type { RolloutRequest } from '#aws/start-rollout.ts';
import type { Intents } from '#rollouts/policy-ports.ts';
import type { Clock, Deployments, Rollouts } from '#rollouts/ports.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import type { PrimaryDeployment } from './start-by-hand.ts';

/** What trying a rollout again needs. */
export interface RetryPorts {
  readonly rollouts: Pick<Rollouts, 'get'>;
  readonly primary: (service: string) => Promise<PrimaryDeployment | undefined>;
  readonly deployments: Pick<Deployments, 'deploy'>;
  readonly intents: Intents;
  readonly start: (request: RolloutRequest) => Promise<{ readonly id: string }>;
  readonly now: Clock;
}

const retriable: ReadonlySet<Rollout['status']> = new Set(['rolledBack', 'failed', 'superseded']);

/**
 * Deploys the task definition of a rollout that did not get through once more: a new deployment, a new rollout, all steps.
 * Said again while that one runs, it answers that one.
 */
export async function retryRollout(ports: RetryPorts, id: string, actor: string): Promise<HttpAnswer> {
  const rollout = await ports.rollouts.get(id);
  if (rollout === undefined) throw new HttpError(404, 'NotFound', `there is no rollout ${id}`);
  if (!retriable.has(rollout.status))
    throw conflict(`rollout ${id} is ${rollout.status}: there is nothing to try again`);
  const { service, cluster, node, taskDefinition } = rollout;
  const primary = await ports.primary(service);
  if (primary === undefined) throw conflict(`ECS knows no active service ${service}`);
  const under = await underWay(ports, primary.deployment);
  if (under?.retryOf === id) return { status: 202, body: { id: under.id } };
  if (under !== undefined) throw conflict(`rollout ${under.id} of the service is under way`);
  const intent = { taskDefinition, actor, retryOf: id, at: ports.now() };
  if (!(await ports.intents.claim(service, intent)))
    throw conflict(`rollout ${id} is being tried again just now: ask once more in a minute`);
  const deployment = await ports.deployments.deploy(service, cluster, taskDefinition);
  const request = { serviceArn: service, clusterArn: cluster, deployment, node, taskDefinition, actor };
  return { status: 202, body: { id: (await ports.start(request)).id } };
}

async function underWay({ rollouts }: RetryPorts, deployment: string): Promise<Rollout | undefined> {
  const rollout = await rollouts.get(`dep-${deployment.slice(deployment.lastIndexOf('/') + 1)}`);
  return rollout?.status === 'running' ? rollout : undefined;
}

const conflict = (reason: string): HttpError => new HttpError(409, 'Conflict', reason);
