import type { DeploymentConfiguration } from '#aws/client/ecs-services.ts';

/** A member of a deployment configuration that changes; absent is `undefined`. */
export interface Difference {
  readonly member: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The members that differ, in the order of their names. An empty list is as good as none. */
export function differencesOf(before: DeploymentConfiguration, after: DeploymentConfiguration): readonly Difference[] {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const next: Readonly<Record<string, unknown>> = { ...after };
  const members = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
  return members
    .map((member) => ({ member, before: present(old[member]), after: present(next[member]) }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

/** The differences for people: two lines a member, as `diff` writes them. */
export const diffText = (differences: readonly Difference[]): string =>
  differences.flatMap(({ member, before, after }) => [line('-', member, before), line('+', member, after)]).join('');

const line = (sign: string, member: string, value: unknown): string =>
  value === undefined ? '' : `${sign} ${member}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`;

const present = (value: unknown): unknown => (Array.isArray(value) && value.length === 0 ? undefined : value);
