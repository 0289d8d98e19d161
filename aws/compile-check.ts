import type { Change } from '#mesh/api/ports.ts';
import { routerPortFault } from '#mesh/api/rules/router-ports.ts';
import { buildProxy } from '#mesh/ir/build-proxy.ts';
import { dependents } from '#mesh/ir/dependents.ts';
import type { Finding } from '#mesh/ir/finding.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ResourceId } from '#mesh/model/resource.ts';
import type { Split } from '#mesh/model/split.ts';
import { type DeclaredMesh, loadDeclaredMesh } from './mesh-view.ts';
import type { Table } from './table.ts';

/** Clients looked at for one write: what is wrong with a resource shows in each of them. */
const MOST_PROXIES = 10;

/**
 * Why a write must be refused, if it must: it makes the written resource itself impossible to compile for a proxy that
 * uses it (App Mesh took such writes, and dropped the traffic silently). Backends may name services that are not there
 * yet, as in App Mesh, and a node without a way to be discovered may get tasks later. A delete is never refused here.
 */
export function compileCheck(table: Table): (change: Change) => Promise<string | undefined> {
  return async ({ id, before, after }) => {
    if (after === undefined) return undefined;
    const declared = await loadDeclaredMesh(table, id.owner, id.mesh);
    const others = declared.resources.filter((resource) => arnPath(resource) !== arnPath(id));
    const without: DeclaredMesh = { ...declared, resources: others };
    const was = before === undefined ? without : { ...declared, resources: [...others, before] };
    const then: DeclaredMesh = { ...declared, resources: [...others, after] };
    return routerPortFault(then.resources, after) ?? wouldCompile(was, then, id);
  };
}

/** {@link compileCheck} on two states of a mesh; pure. */
export function wouldCompile(before: DeclaredMesh, after: DeclaredMesh, id: ResourceId): string | undefined {
  const known = new Set(faults(before, id).map(textOf));
  const added = faults(after, id).filter((finding) => !known.has(textOf(finding)));
  return added.length === 0 ? undefined : added.map(textOf).join('; ');
}

function faults(declared: DeclaredMesh, id: ResourceId): readonly Finding[] {
  const view = everyNodeDiscovered(declared);
  const proxies = dependents(view, [id]).slice(0, MOST_PROXIES);
  const found = proxies.flatMap((proxy) => buildProxy(view, proxy, { interception: 'transparent' }).findings);
  return found.filter(({ kind, arnPath: at, path }) => kind === 'invalid' && at === arnPath(id) && !mayComeLater(path));
}

const mayComeLater = (path: string): boolean => path === '' || path.startsWith('spec.backends');

/** What runs is not the writer's business: each node is taken as discovered through tasks, of which there are none. */
function everyNodeDiscovered(declared: DeclaredMesh): MeshView {
  const nodes = declared.resources.filter(({ kind }) => kind === 'virtualNode');
  const splits = new Map<string, Split>(nodes.map(({ name }) => [name, { stable: [] }]));
  return { ...declared, endpoints: new Map(), splits };
}

const textOf = ({ path, reason }: Finding): string => `${path}: ${reason}`;
