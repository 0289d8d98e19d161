import type { CompileCheck } from '#mesh/api/ports.ts';
import { routerPortFault } from '#mesh/api/rules/router-ports.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { faultsOf } from './faults-of.ts';
import { reachedResources } from './reached-resources.ts';
import type { Table } from './table.ts';

/**
 * Why a write must be refused, if it must: it makes the written resource itself impossible to compile (App Mesh took such
 * writes, and dropped the traffic silently). Backends may name services that are not there yet, as in App Mesh, and a node
 * without a way to be discovered may get tasks later. A delete is never refused here, nor a fault that was there before.
 */
export function compileCheck(table: Table): CompileCheck {
  return async ({ before, after }, neighbours) => {
    if (after === undefined) return undefined;
    const reached = await reachedResources(table, after, neighbours);
    const portFault = routerPortFault(reached, after);
    if (portFault !== undefined) return portFault;
    const faults = faultsOf(reached, after);
    if (faults.length === 0 || before === undefined) return textOf(faults);
    return newFaults(faults, faultsOf(await reachedBefore(table, before, after, reached), before));
  };
}

/** What the version before named is read only when there is a fault that may be an old one. */
function reachedBefore(table: Table, before: Resource, after: Resource, reached: readonly Resource[]) {
  const known = reached.filter((resource) => resource.uid !== '' && arnPath(resource) !== arnPath(after));
  return reachedResources(table, before, new Map(known.map((resource) => [arnPath(resource), resource])));
}

function newFaults(now: readonly string[], before: readonly string[]): string | undefined {
  return textOf(now.filter((text) => !before.includes(text)));
}

const textOf = (faults: readonly string[]): string | undefined => (faults.length === 0 ? undefined : faults.join('; '));
