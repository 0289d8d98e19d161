import * as v from 'valibot';
import type { HttpAnswer, HttpRequest } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import { textBody } from '#aws/text-body.ts';
import { jsonBody } from '#mesh/api/json-body.ts';
import { defaultPolicy, InvalidPolicyError, mergePolicy, type PolicyPatch, policyPatch } from '#rollouts/policy.ts';
import type { PolicyName, PolicyParts } from '#rollouts/policy-ports.ts';
import type { Policy } from '#rollouts/types.ts';

/** Writers that name no version try again this often when somebody was faster. */
const ATTEMPTS = 5;

const ChangeQuery = v.strictObject({ dryRun: v.optional(v.picklist(['true', 'false'])) });

/** A policy as the API shows it: what the resource itself says, and what is in force for it. */
interface ShownPolicy {
  readonly mesh: string;
  readonly virtualNode?: string;
  readonly version: number;
  readonly own: PolicyPatch;
  readonly effective: Policy;
}

/** The policy of a mesh, or of a virtual node over its mesh's. */
export async function showPolicy(parts: PolicyParts, name: PolicyName): Promise<HttpAnswer> {
  if (!(await parts.exists(name))) throw absent(name);
  const { own, version } = await parts.part(name);
  return shown(name, own, version, mergePolicy(await under(parts, name), own));
}

/**
 * Lays what was sent over the resource's own part; `If-Match` makes it a refusal when somebody wrote since that version,
 * `?dryRun=true` answers what would be in force and writes nothing.
 */
export function writePolicy(parts: PolicyParts, name: PolicyName, request: HttpRequest): Promise<HttpAnswer> {
  const patch = policyPatch(jsonBody(textBody(request)));
  return change(parts, name, request, (own) => ({ ...own, ...patch }));
}

/** Takes the resource's own part away: the mesh's counts again, or the default. */
export function deletePolicy(parts: PolicyParts, name: PolicyName, request: HttpRequest): Promise<HttpAnswer> {
  return change(parts, name, request, () => ({}));
}

async function change(
  parts: PolicyParts,
  name: PolicyName,
  { headers, query }: HttpRequest,
  alter: (own: PolicyPatch) => PolicyPatch,
): Promise<HttpAnswer> {
  const isRehearsal = v.parse(ChangeQuery, query).dryRun === 'true';
  if (isRehearsal && !(await parts.exists(name))) throw absent(name);
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const { own, version } = await parts.part(name);
    requireVersion(name, headers['if-match'], version);
    const next = alter(own);
    const effective = mergePolicy(await under(parts, name), next);
    if (name.node === undefined) await holdNodes(parts, name, effective);
    if (isRehearsal) return shown(name, next, version, effective);
    const result = await parts.write(name, next, version);
    if (result === 'absent') throw absent(name);
    if (result === 'written') return shown(name, next, version + 1, effective);
  }
  throw new HttpError(409, 'Conflict', `others write the policy of ${titleOf(name)} at the same time: try again`);
}

/** Throws unless a writer who names the version it read has read this one. */
function requireVersion(name: PolicyName, wanted: string | undefined, version: number): void {
  if (wanted !== undefined && wanted !== '*' && wanted !== tag(version)) throw overtaken(name, version);
}

/** What the resource's own part is laid over. */
async function under(parts: PolicyParts, { owner, mesh, node }: PolicyName): Promise<Policy> {
  return node === undefined ? defaultPolicy : mergePolicy(defaultPolicy, (await parts.part({ owner, mesh })).own);
}

/** A mesh's policy must leave those of its nodes possible: no deployment may meet one that is not. */
async function holdNodes(parts: PolicyParts, name: PolicyName, effective: Policy): Promise<void> {
  for (const { node, own } of await parts.nodes(name)) {
    try {
      mergePolicy(effective, own);
    } catch (error) {
      if (!(error instanceof InvalidPolicyError)) throw error;
      throw new InvalidPolicyError(error.path, `${error.why}, with what virtual node ${node} has over it`);
    }
  }
}

function shown(
  { mesh, node }: PolicyName,
  own: PolicyPatch,
  version: number,
  effective: Policy,
): HttpAnswer & { readonly body: ShownPolicy } {
  const virtualNode = node === undefined ? {} : { virtualNode: node };
  return { status: 200, headers: { etag: tag(version) }, body: { mesh, ...virtualNode, version, own, effective } };
}

const tag = (version: number): string => `"${version}"`;

const titleOf = ({ mesh, node }: PolicyName): string =>
  node === undefined ? `mesh ${mesh}` : `virtual node ${node} of mesh ${mesh}`;

const absent = ({ mesh, node }: PolicyName): HttpError =>
  new HttpError(
    404,
    'NotFound',
    `there is no ${node === undefined ? `mesh ${mesh}` : titleOf({ owner: '', mesh, node })}`,
  );

function overtaken(name: PolicyName, version: number): HttpError {
  return new HttpError(
    412,
    'PreconditionFailed',
    `the policy of ${titleOf(name)} is at version ${version}: read it again, then write`,
    'If-Match',
  );
}
