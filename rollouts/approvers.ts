/**
 * Whether a caller (ARN, as API Gateway tells it) is one of a gate's approvers; anybody is where it names none. Roles match by
 * name, since an assumed role's ARN has lost its path.
 */
export function mayApprove(approvers: readonly string[] | undefined, caller: string): boolean {
  if (approvers === undefined) return true;
  const names = [caller, ...roleOf(caller)];
  return approvers.some((pattern) => names.some((name) => matches(withoutPath(pattern), name)));
}

/** `arn:aws:sts::1:assumed-role/release/alice` acts as `arn:aws:iam::1:role/release`. */
function roleOf(caller: string): readonly string[] {
  const [, partition, account, role] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(caller) ?? [];
  return role === undefined ? [] : [`arn:${partition}:iam::${account}:role/${role}`];
}

/** `…:role/path/to/name` → `…:role/name`. */
const withoutPath = (pattern: string): string => pattern.replace(/(:role\/)(?:.*\/)?([^/]+)$/, '$1$2');

/** IAM's wildcards: `*` for any characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}
