import type { ResourceId, ResourceKind, SpecOf } from '#mesh/model/resource.ts';
import { referencesOf } from './references.ts';
import { parentKind } from './resource-body.ts';
import { show, type Violation } from './validate.ts';

/**
 * Percent-encoded bytes a name may have. A sort key of the table (1,024 bytes in DynamoDB) holds three names, so each may
 * have 300: any 255 plain characters, or 100 that need encoding.
 */
const MOST_BYTES = 300;

/** Kinds with others inside: a `/` in their names would make ARNs say two things (`mesh/m/virtualRouter/r/route/x`). */
const containers: readonly ResourceKind[] = ['mesh', 'virtualRouter', 'virtualGateway'];

/** Names the service model lets through and nothing behind it could hold: empty, ambiguous, with control characters, too long to be a key. */
export function* checkNames(id: ResourceId, spec: SpecOf[ResourceKind]): Generator<Violation> {
  const own = { ...id, spec, uid: '', version: 0, createdAt: 0, lastUpdatedAt: 0 };
  if (containers.includes(id.kind) && id.name.includes('/'))
    yield {
      path: `${id.kind}Name`,
      rule: `is ${show(id.name)}; must have no /, ARNs of what is in it would be ambiguous`,
    };
  yield* idViolations(id);
  for (const { target } of referencesOf(own))
    yield* nameViolations(target.name, `the name of a ${target.kind} in spec`);
}

/** The same of the names that a path or an ARN holds: what has such a name cannot be there, and a key cannot be made of it. */
export function* idViolations({ kind, mesh, parent, name }: Omit<ResourceId, 'owner'>): Generator<Violation> {
  if (mesh !== '') yield* nameViolations(mesh, 'meshName');
  const above = parentKind(kind);
  if (parent !== undefined && above !== undefined) yield* nameViolations(parent, `${above}Name`);
  if (kind !== 'mesh' && name !== '') yield* nameViolations(name, `${kind}Name`);
}

function* nameViolations(name: string, path: string): Generator<Violation> {
  if (name === '') yield { path, rule: 'is empty' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  if (/[\u0000-\u001f\u007f]/.test(name)) yield { path, rule: `is ${show(name)}, which has control characters` };
  const bytes = encodeURIComponent(name).length;
  if (bytes > MOST_BYTES) yield { path, rule: `has ${bytes} bytes percent-encoded; must have at most ${MOST_BYTES}` };
}
