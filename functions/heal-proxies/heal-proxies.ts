import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Clock, Deployments, Executions, MeshPush, Rollouts, Sidecar, Sidecars } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import { type Repair, repairs } from '#rollouts/repairs.ts';
import { ackProgress } from '#rollouts/required-sidecars.ts';
import type { RequiredSidecar } from '#rollouts/types.ts';

/** What healing reads and does. */
export interface HealPorts {
  readonly rollouts: Pick<Rollouts, 'get' | 'createUnlisted' | 'finish'>;
  readonly sidecars: Sidecars;
  readonly push: Pick<MeshPush, 'resend'>;
  readonly deployments: Pick<Deployments, 'stopTask'>;
  readonly executions: Pick<Executions, 'startHeal'>;
  /** Cluster of a task, as its events told; `undefined` once it is forgotten. */
  readonly clusterOf: (proxy: ProxyId, task: string) => Promise<string | undefined>;
  readonly now: Clock;
}

/** `start`: of a rollout, all its silent sidecars. The others: one sidecar, in the heal machine. */
export type HealInput =
  | { readonly rolloutId: string; readonly action: 'start' }
  | {
      readonly rolloutId: string;
      readonly action: 'resend' | 'stop' | 'close';
      readonly healId: string;
      readonly sidecar: RequiredSidecar;
    };

/** Repairs a push that did not reach a sidecar: the state is sent again; a sidecar that stays silent has its task replaced by ECS. */
export const healProxies =
  (ports: HealPorts) =>
  async (input: HealInput): Promise<{ readonly kind: string }> => {
    if (input.action === 'start') return start(ports, input.rolloutId);
    if (input.action === 'resend') return resend(ports, input);
    return input.action === 'stop' ? stop(ports, input.sidecar) : close(ports, input.healId);
  };

type One = Exclude<HealInput, { action: 'start' }>;

async function start({ rollouts, sidecars, push, executions }: HealPorts, rolloutId: string) {
  const rollout = await rollouts.get(rolloutId);
  const required = rollout?.required ?? [];
  const found = repairs(required, await sidecarsOf(sidecars, required));
  const begin = ({ sidecar, mayStop }: Repair) => {
    const healId = `${rolloutId}-${sidecar.task.slice(-12)}-${sidecar.rev}`;
    if (mayStop) return executions.startHeal(healId, { kind: 'stuckPropagation', healId, rolloutId, sidecar });
    return push.resend(sidecar.proxy, sidecar.task);
  };
  await Promise.all(found.map(begin));
  return { kind: 'started' };
}

async function resend({ rollouts, push, now }: HealPorts, { rolloutId, healId, sidecar }: One) {
  const rollout = await rollouts.get(rolloutId);
  if (rollout === undefined) return { kind: 'gone' };
  const { wait, ...identity } = rollout;
  const repair = { ...identity, id: healId, status: 'running', startedAt: now(), facts: {}, steps: [] } as const;
  await rollouts.createUnlisted({ ...repair, required: [sidecar] });
  await push.resend(sidecar.proxy, sidecar.task);
  return { kind: 'resent' };
}

async function stop({ sidecars, deployments, clusterOf }: HealPorts, sidecar: RequiredSidecar) {
  const { proxy, task, rev } = sidecar;
  const [cluster, progress] = await Promise.all([
    clusterOf(proxy, task),
    sidecars.of(proxy).then((tasks) =>
      ackProgress(
        [sidecar],
        tasks.filter((one) => one.task === task),
      ),
    ),
  ]);
  if (cluster === undefined || progress.silent.length === 0) return { kind: 'recovered' };
  await deployments.stopTask(cluster, task, `Weir: its Envoy did not confirm revision ${rev} in time`);
  return { kind: 'stopped' };
}

async function close({ rollouts, now }: HealPorts, healId: string) {
  await rollouts.finish(healId, { status: 'promoted', reason: 'The repair is over.', endedAt: now(), weight: 0 });
  return { kind: 'closed' };
}

async function sidecarsOf(sidecars: Sidecars, required: readonly RequiredSidecar[]): Promise<readonly Sidecar[]> {
  const proxies = new Map(required.map(({ proxy }) => [proxyName(proxy), proxy]));
  return (await Promise.all([...proxies.values()].map((proxy) => sidecars.of(proxy)))).flat();
}
