import type { HttpAnswer } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import type { Executions } from '#rollouts/ports.ts';
import { rolloutId } from '#rollouts/rollout.ts';
import { type CommandPorts, commandRollout } from './command-rollout.ts';
import type { PrimaryDeployment } from './start-by-hand.ts';

/** What rolling a service back needs. */
export interface RollBackPorts extends CommandPorts {
  readonly primary: (service: string) => Promise<PrimaryDeployment | undefined>;
  readonly executions: Pick<Executions, 'startHeal'>;
}

/**
 * Brings a service back to its last good revision: the rollout under way is rolled back; with none, what was promoted last is
 * taken back (traffic to the old tasks while ECS has them, then the revision before, which is not judged again).
 */
export async function rollBackService(ports: RollBackPorts, service: string, actor: string): Promise<HttpAnswer> {
  const primary = await ports.primary(service);
  if (primary === undefined) throw new HttpError(404, 'NotFound', `ECS knows no active service ${service}`, 'service');
  const id = rolloutId(primary.deployment);
  const rollout = await ports.rollouts.get(id);
  if (rollout?.status === 'running') return commandRollout(ports, id, { verb: 'rollback', query: {}, body: {}, actor });
  if (rollout === undefined) throw refusal(`Weir has not rolled out ${primary.deployment}, and knows none before it`);
  if (rollout.kind === 'rollback')
    throw refusal(`${primary.deployment} is a way back itself: deploy the revision you want`);
  if (rollout.status !== 'promoted')
    throw refusal(`rollout ${id} is ${rollout.status}: there is no promotion to take back`);
  const reason = `${actor} asked for a rollback.`;
  await ports.executions.startHeal(`back-${id}`, { kind: 'regression', rolloutId: id, reason });
  return { status: 202, body: { id, status: rollout.status } };
}

const refusal = (reason: string): HttpError => new HttpError(409, 'Conflict', reason);
