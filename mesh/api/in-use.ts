import type { ResourceId, ResourceKind } from '#mesh/model/resource.ts';
import { ResourceInUse } from './errors.ts';

/** What keeps a resource from being deleted: those that name it, and how many of each kind live inside it. */
export interface Users {
  readonly sources: readonly ResourceId[];
  readonly children: Readonly<Record<string, number>>;
}

/** App Mesh's refusal to delete something in use, in its own words: deployment scripts search for them. */
export function inUse(id: ResourceId, { sources, children }: Users): ResourceInUse | undefined {
  const child = Object.keys(children).find((kind) => (children[kind] ?? 0) > 0);
  if (child !== undefined) return new ResourceInUse(childText(id, typeName(child as ResourceKind)));
  return sources.length === 0 ? undefined : new ResourceInUse(sourceText(id, sources));
}

/** A kind as App Mesh's messages spell it: `VirtualNode`. */
export const typeName = (kind: ResourceKind): string => kind.charAt(0).toUpperCase() + kind.slice(1);

function childText(id: ResourceId, child: string): string {
  if (id.kind === 'mesh')
    return `Mesh ${id.name} for account ${id.owner} has active ${child}s, please delete ${child}s before deleting the Mesh`;
  const type = typeName(id.kind);
  return `${type} with name ${id.name} cannot be deleted because it has active ${child}s, please delete ${child}s before deleting the ${type}`;
}

function sourceText(id: ResourceId, sources: readonly ResourceId[]): string {
  if (id.kind === 'virtualService') {
    const names = sources.map(({ name }) => name).join(', ');
    return `VirtualService ${id.name} is being referenced in the following: GATEWAY_ROUTE: [${names}]`;
  }
  const start = `${typeName(id.kind)} with name ${id.name} cannot be deleted because it is`;
  return sources.some(({ kind }) => kind === 'route')
    ? `${start} the target of one or more routes.`
    : `${start} a VirtualService provider`;
}
