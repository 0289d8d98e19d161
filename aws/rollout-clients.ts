import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { Clock, MeshPush, Rollouts } from '#rollouts/ports.ts';

/** How long an answer stands: a sidecar reports every second, the mesh changes rarely. */
const FRESH_MS = 10_000;
/** Rollouts remembered: more than run at once, and a bound on ids that a sidecar makes up. */
const MOST_CACHED = 1000;

interface Answer {
  readonly clients: ReadonlySet<string>;
  readonly until: number;
}

/** Whether a proxy sends requests to the virtual node of a rollout; of one that is not running, none does. */
export function rolloutClients(
  rollouts: Pick<Rollouts, 'get'>,
  push: Pick<MeshPush, 'clientsOf'>,
  now: Clock,
): (rollout: string, proxy: ProxyId) => Promise<boolean> {
  const known = new Map<string, Promise<Answer>>();

  async function read(id: string): Promise<Answer> {
    const rollout = await rollouts.get(id);
    const clients = rollout?.status === 'running' ? await push.clientsOf(rollout.node) : [];
    return { clients: new Set(clients.map(proxyKey)), until: now() + FRESH_MS };
  }

  function ask(id: string): Promise<Answer> {
    const answer = read(id);
    if (known.size >= MOST_CACHED) known.clear();
    known.set(id, answer);
    answer.catch(() => known.delete(id));
    return answer;
  }

  return async (id, proxy) => {
    const remembered = await known.get(id);
    const { clients } = remembered !== undefined && remembered.until > now() ? remembered : await ask(id);
    return clients.has(proxyKey(proxy));
  };
}
