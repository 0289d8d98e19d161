import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { HttpAnswer } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import type { MoveRequest } from '#aws/start-move.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { plannedSteps } from '#rollouts/plan.ts';
import type { Policies } from '#rollouts/policy-ports.ts';
import type { Rollouts } from '#rollouts/ports.ts';
import { RouteWeightsError, withTwinWeights } from '#rollouts/route-weights.ts';
import type { Policy } from '#rollouts/types.ts';

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

/** `POST /weir/v1/rollouts` for two declared virtual nodes: from which to which, by which routes (all that name both). */
export const Move = v.strictObject({
  mesh: name,
  virtualRouter: name,
  routes: v.optional(v.pipe(v.array(name), v.minLength(1, 'names no route'), v.maxLength(50))),
  from: name,
  to: name,
});

export type MoveWish = v.InferOutput<typeof Move>;

/** What moving routes needs. */
export interface MovePorts {
  readonly owner: string;
  readonly rollouts: Pick<Rollouts, 'list'>;
  /** Every resource of a mesh; none when there is no such mesh. */
  readonly declared: (mesh: string) => Promise<readonly Resource[]>;
  readonly policyFor: Policies['get'];
  readonly move: (request: MoveRequest) => Promise<{ readonly id: string }>;
}

/** Starts to move traffic between two virtual nodes of a router's routes; the same wish again answers the rollout under way. */
export async function moveRoutes(ports: MovePorts, wish: MoveWish, actor: string): Promise<HttpAnswer> {
  const { owner } = ports;
  const { mesh, virtualRouter, from, to } = wish;
  const routes = chosenRoutes(await ports.declared(mesh), wish);
  const node = { owner, mesh, kind: 'vn', name: to } as const;
  const policy = await ports.policyFor(node);
  requireMovable(routes, wish, policy);
  const move = { virtualRouter, routes: routes.map((route) => route.name).sort(), from };
  const router = arnPath({ kind: 'virtualRouter', owner, mesh, name: virtualRouter });
  const { rollouts } = await ports.rollouts.list({ status: 'running', limit: 100 });
  const under = rollouts.find(({ service, node: other }) => service === router && other.mesh === mesh);
  if (under !== undefined && !(under.node.name === to && isDeepStrictEqual(under.move, move)))
    throw new HttpError(409, 'Conflict', `rollout ${under.id} moves routes of ${router} already`);
  const { id } = under ?? (await ports.move({ node, move, policy, actor, router }));
  return { status: 202, body: { id } };
}

/** The routes asked for, or all of the router that name both nodes. */
function chosenRoutes(resources: readonly Resource[], wish: MoveWish): readonly Resource<'route'>[] {
  const { mesh, virtualRouter, from, to, routes: wanted } = wish;
  if (from === to) throw new HttpError(400, 'BadRequest', 'is the node that traffic comes from', 'to');
  const has = (kind: string, name: string) => resources.some((one) => one.kind === kind && one.name === name);
  if (!has('virtualRouter', virtualRouter)) throw missing(`virtual router ${virtualRouter}`, mesh, 'virtualRouter');
  for (const [place, node] of Object.entries({ from, to }))
    if (!has('virtualNode', node)) throw missing(`virtual node ${node}`, mesh, place);
  const all = resources.filter((one): one is Resource<'route'> => one.kind === 'route' && one.parent === virtualRouter);
  for (const route of wanted ?? [])
    if (!all.some((one) => one.name === route)) throw missing(`route ${route} of ${virtualRouter}`, mesh, 'routes');
  const chosen = all.filter((route) => (wanted === undefined ? names(route, [from, to]) : wanted.includes(route.name)));
  if (chosen.length > 0) return chosen;
  const reason = `no route of virtual router ${virtualRouter} names both ${from} and ${to}: add ${to} with weight 0`;
  throw new HttpError(409, 'Conflict', reason);
}

function names({ spec }: Resource<'route'>, nodes: readonly string[]): boolean {
  const { action } = spec.httpRoute ?? spec.http2Route ?? spec.grpcRoute ?? spec.tcpRoute ?? {};
  return nodes.every((node) => action?.weightedTargets.some(({ virtualNode }) => virtualNode === node));
}

const movable: ReadonlySet<Policy['strategy']> = new Set(['canary', 'linear', 'blueGreen']);

/** Every weight the rollout may give must be one that a route can hold. */
function requireMovable(routes: readonly Resource<'route'>[], { from, to }: MoveWish, policy: Policy): void {
  if (policy.dryRun || !movable.has(policy.strategy)) {
    const what = policy.dryRun ? 'is a dry run' : `has the strategy ${policy.strategy}`;
    throw new HttpError(409, 'Conflict', `the policy of ${to} ${what}: routes can only be given weights`);
  }
  const weights = plannedSteps({ kind: 'route', policy }).map(({ weight }) => weight);
  for (const route of routes)
    try {
      for (const percent of [0, ...weights, 100]) withTwinWeights(route.spec, { from, to }, percent);
    } catch (error) {
      if (!(error instanceof RouteWeightsError)) throw error;
      throw new HttpError(409, 'Conflict', `route ${route.name}: ${error.message}`);
    }
}

const missing = (what: string, mesh: string, path: string): HttpError =>
  new HttpError(404, 'NotFound', `mesh ${mesh} has no ${what}`, path);
