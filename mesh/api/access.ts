import type { Command } from './command.ts';
import { Forbidden } from './errors.ts';
import type { OperationName } from './model.ts';

/** What credentials allow: each level includes the ones before it. */
export const accessLevels = ['read', 'write', 'admin'] as const;
export type Access = (typeof accessLevels)[number];

/** Which meshes credentials are for, and what they may do there. */
export interface Scope {
  /** A mesh's name, or `*` for all. */
  readonly mesh: string;
  readonly access: Access;
}

/**
 * Throws Forbidden unless the scope allows the command: describing and listing is `read`, creating and deleting a mesh is
 * `admin`, everything else `write`. The list of meshes needs a scope of all meshes.
 */
export function requireAccess(scope: Scope, operation: OperationName, command: Command): void {
  const mesh = meshOf(command);
  const needed = neededAccess(command);
  const enough = accessLevels.indexOf(scope.access) >= accessLevels.indexOf(needed);
  if (enough && (scope.mesh === '*' || scope.mesh === mesh)) return;
  throw new Forbidden(
    `OutOfScope: appmesh:${operation} needs ${needed} access to ${mesh === '' ? 'all meshes (*)' : `mesh ${mesh}`}; ` +
      `these credentials have ${scope.access} access to ${scope.mesh === '*' ? 'all meshes' : `mesh ${scope.mesh}`}`,
  );
}

function neededAccess(command: Command): Access {
  if (command.verb === 'describe' || command.verb === 'list' || command.verb === 'listTags') return 'read';
  const kind = command.verb === 'create' ? command.draft.id.kind : command.verb === 'delete' ? command.id.kind : '';
  return kind === 'mesh' ? 'admin' : 'write';
}

function meshOf(command: Command): string {
  if (command.verb === 'list') return command.query.mesh;
  return 'draft' in command ? command.draft.id.mesh : command.id.mesh;
}
