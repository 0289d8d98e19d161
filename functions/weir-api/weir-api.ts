import * as v from 'valibot';
import type { HttpAnswer, HttpRequest } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import type { MeshFinding } from '#aws/list-findings.ts';
import type { ProxyState } from '#aws/list-proxies.ts';
import { InvalidPageTokenError } from '#aws/rollout-list.ts';
import { textBody } from '#aws/text-body.ts';
import { jsonBody } from '#mesh/api/json-body.ts';
import { InvalidPolicyError } from '#rollouts/policy.ts';
import { policyJsonSchema } from '#rollouts/policy-json-schema.ts';
import type { PolicyParts } from '#rollouts/policy-ports.ts';
import type { Rollouts } from '#rollouts/ports.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import { type Command, type CommandPorts, commandRollout, commandVerbs } from './command-rollout.ts';
import { Move, type MovePorts, moveRoutes } from './move-routes.ts';
import { deletePolicy, showPolicy, writePolicy } from './policies.ts';
import { type RetryPorts, retryRollout } from './retry-rollout.ts';
import { type RollBackPorts, rollBackService } from './roll-back-service.ts';
import { type ShowPorts, showRollout } from './show-rollout.ts';
import { type StartByHandPorts, startByHand } from './start-by-hand.ts';

/** What the API is wired to. */
export interface WeirApiPorts extends CommandPorts, ShowPorts, StartByHandPorts, RetryPorts, RollBackPorts, MovePorts {
  readonly rollouts: Rollouts;
  readonly policies: PolicyParts;
  /** `undefined`: no such mesh. */
  readonly proxies: (owner: string, mesh: string) => Promise<readonly ProxyState[] | undefined>;
  /** `undefined`: no such mesh. */
  readonly findings: (mesh: string) => Promise<readonly MeshFinding[] | undefined>;
  /** Account that owns the meshes. */
  readonly owner: string;
}

type Answer = (ports: WeirApiPorts, request: HttpRequest, names: readonly string[]) => Promise<HttpAnswer>;

/** Rollouts a page shows when the client names no number, and the most it may name: as App Mesh's lists. */
const PAGE = 100;

const statuses = ['running', 'promoted', 'rolledBack', 'superseded', 'unrouted', 'failed'] as const;

const Listing = v.strictObject({
  status: v.optional(v.picklist(statuses)),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/, 'must be a whole number'),
      v.transform(Number),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(PAGE, `must be at most ${PAGE}`),
    ),
  ),
  nextToken: v.optional(v.string()),
});

const SERVICE = /^arn:[a-z-]+:ecs:[a-z0-9-]+:\d{12}:service\/[^/]+\/[^/]+$/;
const Start = v.strictObject({
  service: v.pipe(v.string(), v.regex(SERVICE, 'must be the ARN of an ECS service (arn:…:service/<cluster>/<name>)')),
});

const routes: readonly { readonly method: string; readonly path: RegExp; readonly answer: Answer }[] = [
  { method: 'GET', path: /^\/rollouts$/, answer: list },
  { method: 'POST', path: /^\/rollouts$/, answer: start },
  { method: 'GET', path: /^\/rollouts\/([^/]+)$/, answer: show },
  { method: 'POST', path: new RegExp(`^/rollouts/([^/]+)/(${commandVerbs.join('|')})$`), answer: command },
  { method: 'POST', path: /^\/rollouts\/([^/]+)\/retry$/, answer: retry },
  { method: 'POST', path: /^\/services\/rollback$/, answer: rollBack },
  { method: 'GET', path: /^\/meshes\/(.+)\/proxies$/, answer: proxies },
  { method: 'GET', path: /^\/meshes\/(.+)\/findings$/, answer: findings },
  { method: 'GET', path: /^\/policies\/schema$/, answer: async () => ok(policyJsonSchema()) },
  { method: 'GET', path: /^\/policies\/(.+)\/virtualNode\/(.+)$/, answer: readPolicy },
  { method: 'PUT', path: /^\/policies\/(.+)\/virtualNode\/(.+)$/, answer: putPolicy },
  { method: 'DELETE', path: /^\/policies\/(.+)\/virtualNode\/(.+)$/, answer: removePolicy },
  { method: 'GET', path: /^\/policies\/(.+)$/, answer: readPolicy },
  { method: 'PUT', path: /^\/policies\/(.+)$/, answer: putPolicy },
  { method: 'DELETE', path: /^\/policies\/(.+)$/, answer: removePolicy },
];

/** Weir's own API under `/weir/v1`: rollouts, the proxies and the findings of a mesh, its rollout policy. */
export const weirApi =
  (ports: WeirApiPorts) =>
  async (request: HttpRequest): Promise<HttpAnswer> => {
    const path = request.rawPath.replace(/^\/weir\/v1/, '').replace(/(.)\/$/, '$1');
    const known = routes.filter((route) => route.path.test(path));
    const route = known.find(({ method }) => method === request.method);
    if (route === undefined) throw unknownRoute(request, known);
    const names = (route.path.exec(path) ?? []).slice(1);
    return route.answer(ports, request, names).catch((error: unknown) => {
      throw refusalOf(error);
    });
  };

async function list({ rollouts }: WeirApiPorts, { query }: HttpRequest): Promise<HttpAnswer> {
  const { status, limit = PAGE, nextToken } = v.parse(Listing, query);
  const page = await rollouts.list({ limit, ...(status && { status }), ...(nextToken && { nextToken }) });
  return ok({ ...page, rollouts: page.rollouts.map(rolloutView) });
}

async function show(ports: WeirApiPorts, _: HttpRequest, [id = '']: readonly string[]): Promise<HttpAnswer> {
  return ok(await showRollout(ports, id));
}

function start(ports: WeirApiPorts, request: HttpRequest): Promise<HttpAnswer> {
  const body = jsonBody(textBody(request));
  if ('virtualRouter' in body) return moveRoutes(ports, v.parse(Move, body), callerOf(request));
  return startByHand(ports, v.parse(Start, body).service, callerOf(request));
}

function command(ports: WeirApiPorts, request: HttpRequest, [id = '', verb]: readonly string[]): Promise<HttpAnswer> {
  const text = textBody(request);
  const body = text === '' ? undefined : jsonBody(text);
  const { query } = request;
  return commandRollout(ports, id, { verb: verb as Command['verb'], query, body, actor: callerOf(request) });
}

function retry(ports: WeirApiPorts, request: HttpRequest, [id = '']: readonly string[]): Promise<HttpAnswer> {
  return retryRollout(ports, id, callerOf(request));
}

function rollBack(ports: WeirApiPorts, request: HttpRequest): Promise<HttpAnswer> {
  return rollBackService(ports, v.parse(Start, jsonBody(textBody(request))).service, callerOf(request));
}

async function proxies(ports: WeirApiPorts, _: HttpRequest, [mesh = '']: readonly string[]): Promise<HttpAnswer> {
  const found = await ports.proxies(ports.owner, mesh);
  if (found === undefined) throw noMesh(mesh);
  return ok({ proxies: found });
}

async function findings(ports: WeirApiPorts, _: HttpRequest, [mesh = '']: readonly string[]): Promise<HttpAnswer> {
  const found = await ports.findings(mesh);
  if (found === undefined) throw noMesh(mesh);
  return ok({ findings: found });
}

function readPolicy({ policies, owner }: WeirApiPorts, _: HttpRequest, names: readonly string[]): Promise<HttpAnswer> {
  return showPolicy(policies, policyName(owner, names));
}

async function putPolicy({ policies, owner }: WeirApiPorts, request: HttpRequest, names: readonly string[]) {
  return writePolicy(policies, policyName(owner, names), request);
}

function removePolicy({ policies, owner }: WeirApiPorts, request: HttpRequest, names: readonly string[]) {
  return deletePolicy(policies, policyName(owner, names), request);
}

const policyName = (owner: string, [mesh = '', node]: readonly string[]) => ({ owner, mesh, ...(node && { node }) });

const noMesh = (mesh: string): HttpError => new HttpError(404, 'NotFound', `there is no mesh ${mesh}`);
const ok = (body: object): HttpAnswer => ({ status: 200, body });

function callerOf({ caller }: HttpRequest): string {
  if (caller === undefined)
    throw new HttpError(
      403,
      'Forbidden',
      'this route takes IAM-signed requests only: there is no caller to write down',
    );
  return caller;
}

function unknownRoute({ method, rawPath }: HttpRequest, known: readonly { readonly method: string }[]): HttpError {
  if (known.length === 0) return new HttpError(404, 'NotFound', `there is nothing at ${rawPath}`);
  const allowed = known.map((route) => route.method).join(', ');
  return new HttpError(405, 'MethodNotAllowed', `${method} is not for ${rawPath}; it takes ${allowed}`);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof InvalidPolicyError) return new HttpError(400, 'BadRequest', error.message, error.path);
  return error instanceof InvalidPageTokenError ? new HttpError(400, 'BadRequest', error.message, 'nextToken') : error;
}
