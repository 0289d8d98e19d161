import type { HttpRequest } from '#aws/http.ts';
import { weirErrors } from '#aws/http-errors.ts';
import { InvalidPageTokenError } from '#aws/rollout-list.ts';
import { noEvidence } from '#rollouts/evidence.ts';
import { defaultPolicy, type PolicyPatch } from '#rollouts/policy.ts';
import type { PolicyName } from '#rollouts/policy-ports.ts';
import type { RolloutQuery } from '#rollouts/ports.ts';
import type { Fact, Rollout } from '#rollouts/rollout.ts';
import { type WeirApiPorts, weirApi } from '../../functions/weir-api/weir-api.ts';
import { node, rollout } from './rollout.ts';

/** ECS service of the rollouts that tests make. */
export const service = rollout().service;

/** Policies of mesh `shop` and its node `orders`, kept as the table would keep them. */
function policyParts(): WeirApiPorts['policies'] {
  const kept = new Map<string, { own: PolicyPatch; version: number }>();
  const keyOf = ({ mesh, node: name = '' }: PolicyName) => `${mesh}/${name}`;
  const parts: WeirApiPorts['policies'] = {
    part: async (name) => kept.get(keyOf(name)) ?? { own: {}, version: 0 },
    exists: async (name) => keyOf(name) === 'shop/' || keyOf(name) === 'shop/orders',
    nodes: async () => [...kept].flatMap(([key, { own }]) => (key === 'shop/orders' ? [{ node: 'orders', own }] : [])),
    write: async (name, own, version) => {
      if (!(await parts.exists(name))) return 'absent';
      if ((await parts.part(name)).version !== version) return 'overtaken';
      kept.set(keyOf(name), { own, version: version + 1 });
      return 'written';
    },
  };
  return parts;
}

/** The API over what a test puts in, and what it did there. */
export function api(stored: readonly Rollout[] = [], more: Partial<WeirApiPorts> = {}) {
  const did = { facts: [] as Fact[], woken: [] as string[], queries: [] as RolloutQuery[], started: [] as unknown[] };
  const rollouts = {
    get: async (id: string) => stored.find((one) => one.id === id),
    list: async (query: RolloutQuery) => {
      did.queries.push(query);
      if (query.nextToken === 'foreign') throw new InvalidPageTokenError('nextToken is not one of ours');
      return { rollouts: stored, nextToken: 'more' };
    },
    record: async (_: string, fact: Fact) => void did.facts.push(fact),
  } as Partial<WeirApiPorts['rollouts']> as WeirApiPorts['rollouts'];
  const run = weirApi({
    rollouts,
    evidence: { all: async () => [{ proxy: 'front', task: 't1', evidence: { ...noEvidence, phi: 2 } }] },
    policies: policyParts(),
    splits: { get: async () => ({ split: { stable: ['ecs-svc/1'] }, fence: 1 }) },
    proxies: async (_, mesh) => (mesh === 'shop' ? [] : undefined),
    findings: async (mesh) => (mesh === 'shop' ? [] : undefined),
    primary: async () => ({ deployment: 'ecs-svc/2', taskDefinition: 'orders:2', cluster: 'c' }),
    taskDefinition: async () => ({ proxy: node(), interception: 'transparent' }),
    start: async (request) => {
      did.started.push(request);
      return { id: 'dep-2' };
    },
    deployments: {
      deploy: async (_, __, taskDefinition) => {
        did.started.push(taskDefinition);
        return 'ecs-svc/3';
      },
    },
    intents: { claim: async (_, intent) => did.started.push(intent) > 0, get: async () => undefined },
    executions: { startHeal: async (name, input) => void did.started.push([name, input]) },
    declared: async () => [],
    policyFor: async () => defaultPolicy,
    move: async () => ({ id: 'move-1' }),
    wake: async (id) => void did.woken.push(id),
    owner: '111122223333',
    now: () => 42,
    ...more,
  });
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    query: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) => {
    const request: HttpRequest = {
      method,
      rawPath: `/weir/v1${path}`,
      rawQuery: '',
      query,
      headers,
      body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      requestId: 'r',
      caller: 'arn:aws:iam::111122223333:user/me',
    };
    const answer = await run(request).catch(weirErrors);
    return { status: answer.status, body: answer.body as Record<string, never>, etag: answer.headers?.['etag'] };
  };
  return { call, did };
}
