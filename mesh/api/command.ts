import { createHash } from 'node:crypto';
import { parseArn } from '#mesh/model/arn.ts';
import type { ResourceId, ResourceKind, SpecOf } from '#mesh/model/resource.ts';
import { BadRequest, Forbidden, NotFound } from './errors.ts';
import { jsonBody } from './json-body.ts';
import { type OperationName, operationOf, shapeOf, type Verb } from './model.ts';
import { checkNames, idViolations } from './names.ts';
import { parentKind } from './resource-body.ts';
import { specViolations } from './rules/spec-rules.ts';
import { show, type Violation, validate } from './validate.ts';

/** A tag as App Mesh spells it. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A create or update as the client asked for it. */
export interface Draft {
  readonly id: ResourceId;
  /** The spec as sent: nothing added, nothing dropped. */
  readonly spec: SpecOf[ResourceKind];
  /** On create. */
  readonly tags: readonly Tag[];
  /** The client's idempotency token, with the fingerprint of what it stands for. */
  readonly token?: { readonly text: string; readonly fingerprint: string };
}

/** Rows of one kind in one mesh (and parent), `limit` at a time. */
export interface ListQuery {
  readonly kind: ResourceKind;
  readonly owner: string;
  /** Empty for the list of meshes. */
  readonly mesh: string;
  readonly parent?: string;
  readonly limit: number;
  readonly nextToken?: string;
}

/** A request that was read and found to keep every rule one can check without looking at what is stored. */
export type Command =
  | { readonly verb: 'create'; readonly draft: Draft }
  | { readonly verb: 'update'; readonly draft: Draft }
  | { readonly verb: 'describe'; readonly id: ResourceId }
  | { readonly verb: 'delete'; readonly id: ResourceId }
  | { readonly verb: 'list'; readonly query: ListQuery }
  | { readonly verb: 'tag'; readonly id: ResourceId; readonly tags: readonly Tag[] }
  | { readonly verb: 'untag'; readonly id: ResourceId; readonly tagKeys: readonly string[] }
  | { readonly verb: 'listTags'; readonly id: ResourceId; readonly limit: number; readonly nextToken?: string };

/** The commands that change what is stored: each can be rehearsed with `?dryRun=true`. */
export type WriteCommand = Extract<Command, { readonly verb: 'create' | 'update' | 'delete' | 'tag' | 'untag' }>;

/** An operation with everything the HTTP request carried for it. */
export interface OperationRequest {
  readonly operation: OperationName;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The account and region this installation answers for. */
export interface Home {
  readonly owner: string;
  readonly region: string;
}

/** The page size a list has when the client asks for none: App Mesh's maxima. */
const PAGE = 100;
const TAG_PAGE = 50;
/** Violations told in one answer. */
const MOST_VIOLATIONS = 10;

const DRY_RUN = 'dryRun';
const isWrite = (verb: Verb): boolean => verb !== 'describe' && verb !== 'list' && verb !== 'listTags';

/** Whether a write is to be told what it would change, and not done (a request that {@link readCommand} took). */
export const isDryRun = ({ query }: Pick<OperationRequest, 'query'>): boolean => query[DRY_RUN] === 'true';

/** Reads a request; throws BadRequest with path, value and rule, Forbidden for another account's mesh, NotFound for a foreign ARN. */
export function readCommand(request: OperationRequest, home: Home): Command {
  const operation = operationOf(request.operation);
  const input = readInput(request);
  refuse(validate(operation.input, input, ''));
  requireOwner(request.query['meshOwner'], home);
  if (operation.kind === undefined) return tagCommand(operation.verb, input as unknown as TagInput, home);
  if (operation.verb === 'list') return { verb: 'list', query: listQuery(operation.kind, input, home.owner) };
  const id = resourceId(operation.kind, input, home.owner);
  if (operation.verb === 'create' || operation.verb === 'update')
    return { verb: operation.verb, draft: draftOf(request.operation, id, input) };
  refuse(idViolations(id));
  return { verb: operation.verb as 'describe' | 'delete', id };
}

/** Throws one BadRequest that tells all violations. */
export function refuse(violations: Iterable<Violation>): void {
  const found: string[] = [];
  for (const { path, rule } of violations) {
    if (found.length === MOST_VIOLATIONS) break;
    found.push(`${path === '' ? 'the body' : path} ${rule}`);
  }
  if (found.length > 0) throw new BadRequest(found.join('; '));
}

type Input = Readonly<Record<string, unknown>>;

interface TagInput {
  readonly resourceArn: string;
  readonly tags: readonly Tag[];
  readonly tagKeys: readonly string[];
  readonly limit?: number;
  readonly nextToken?: string;
}

/** One object out of path, query and body; a body field may not stand in for a path parameter. */
function readInput({ operation, params, query, body }: OperationRequest): Input {
  const members = Object.entries(shapeOf(operationOf(operation).input).members ?? {});
  const fromBody = members.some(([, member]) => !member.includes(':')) ? jsonBody(body) : {};
  const outside = members.flatMap(([name, member]) => {
    const [place, shape] = member.split(':');
    if (shape === undefined) return [];
    const value = place === 'uri' ? params[name] : queryValue(query[name], shape, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const twice = members.find(([name, member]) => member.includes(':') && Object.hasOwn(fromBody, name));
  if (twice !== undefined) throw new BadRequest(`${twice[0]} belongs in the path or the query, not in the body`);
  refuse(queryViolations(operation, query, members));
  return { ...fromBody, ...Object.fromEntries(outside) };
}

/**
 * `meshOwner` may always be said: mesh operations take it nowhere, but it means the same there. `dryRun` is Weir's own; on
 * a read it is refused, not ignored.
 */
function* queryViolations(
  operation: OperationName,
  query: OperationRequest['query'],
  members: readonly (readonly [string, string])[],
): Generator<Violation> {
  const ofModel = members.filter(([, member]) => member.startsWith('query:')).map(([name]) => name);
  const known = ['meshOwner', ...(isWrite(operationOf(operation).verb) ? [DRY_RUN] : []), ...ofModel];
  for (const name of Object.keys(query))
    if (!known.includes(name)) yield { path: `the query parameter ${show(name)}`, rule: 'is unknown' };
  const dryRun = query[DRY_RUN] ?? 'false';
  if (dryRun !== 'true' && dryRun !== 'false')
    yield { path: DRY_RUN, rule: `is ${show(dryRun)}; must be true or false` };
}

function queryValue(text: string | undefined, shape: string, name: string): string | number | undefined {
  if (text === undefined || shapeOf(shape).type !== 'integer') return text;
  if (!/^-?\d{1,9}$/.test(text)) throw new BadRequest(`${name} must be an integer, not ${show(text)}`);
  return Number(text);
}

/** Weir answers for one account; App Mesh's sharing of meshes between accounts (RAM) is not there. */
function requireOwner(meshOwner: string | undefined, { owner }: Home): void {
  if (meshOwner !== undefined && meshOwner !== owner)
    throw new Forbidden(`meshOwner ${show(meshOwner)} has shared no mesh with account ${owner}`);
}

function resourceId(kind: ResourceKind, input: Input, owner: string): ResourceId {
  const text = (name: string): string => String(input[name]);
  const id = { kind, owner, mesh: text('meshName'), name: text(`${kind}Name`) };
  const above = parentKind(kind);
  return above === undefined ? id : { ...id, parent: text(`${above}Name`) };
}

function listQuery(kind: ResourceKind, input: Input, owner: string): ListQuery {
  const above = parentKind(kind);
  const { limit, nextToken } = input as { readonly limit?: number; readonly nextToken?: string };
  const place = {
    kind,
    mesh: kind === 'mesh' ? '' : String(input['meshName']),
    ...(above === undefined ? {} : { parent: String(input[`${above}Name`]) }),
  };
  refuse(idViolations({ ...place, name: '' }));
  return {
    ...place,
    owner,
    limit: limit ?? PAGE,
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}

function draftOf(operation: OperationName, id: ResourceId, input: Input): Draft {
  const {
    spec = {},
    tags = [],
    clientToken,
  } = input as {
    readonly spec?: SpecOf[ResourceKind];
    readonly tags?: readonly Tag[];
    readonly clientToken?: string;
  };
  refuse(specViolations(id.kind, spec));
  refuse(checkNames(id, spec));
  refuse(tagViolations(tags));
  if (clientToken === undefined) return { id, spec, tags };
  refuse(clientTokenViolations(clientToken));
  return { id, spec, tags, token: { text: clientToken, fingerprint: fingerprint([operation, id, spec, tags]) } };
}

/** https://docs.aws.amazon.com/app-mesh/latest/APIReference/API_CreateRoute.html: 36 letters, numbers, hyphens, underscores. */
function* clientTokenViolations(token: string): Generator<Violation> {
  if (!/^[A-Za-z0-9_-]{1,36}$/.test(token))
    yield { path: 'clientToken', rule: `is ${show(token)}; must be 1 to 36 letters, digits, - and _` };
}

function* tagViolations(tags: readonly Tag[]): Generator<Violation> {
  const seen = new Set<string>();
  for (const [index, { key }] of tags.entries()) {
    if (seen.has(key)) yield { path: `tags[${index}].key`, rule: `is ${show(key)}, which another tag has` };
    seen.add(key);
  }
}

function tagCommand(verb: string, input: TagInput, home: Home): Command {
  const id = arnId(input.resourceArn, home);
  if (verb === 'untag') return { verb, id, tagKeys: input.tagKeys };
  if (verb === 'tag') {
    refuse(tagViolations(input.tags));
    return { verb, id, tags: input.tags };
  }
  const { limit = TAG_PAGE, nextToken } = input;
  return { verb: 'listTags', id, limit, ...(nextToken === undefined ? {} : { nextToken }) };
}

function arnId(arn: string, { owner, region }: Home): ResourceId {
  const parsed = parseArn(arn);
  if (parsed?.owner === undefined) throw new BadRequest(`resourceArn is ${show(arn)}; must be an App Mesh ARN`);
  if (parsed.owner !== owner || parsed.region !== region) throw new NotFound(`Resource with ARN ${arn} was not found.`);
  const { kind, mesh, parent, name } = parsed;
  refuse(idViolations(parsed));
  return parent === undefined ? { kind, owner, mesh, name } : { kind, owner, mesh, parent, name };
}

/** Equal for equal parameters, whatever the order their JSON came in. */
function fingerprint(value: unknown): string {
  const sorted = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash('sha256').update(sorted).digest('base64url');
}
