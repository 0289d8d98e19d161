import type { Violation } from '../validate.ts';

/** One rule across fields of a spec, which the service model cannot say; yields what breaks it, with paths below `spec`. */
export type Rule<Spec> = (spec: Spec) => Iterable<Violation>;

/** The fields of `object` that are set, of those named. */
export function present(object: object, names: readonly string[]): readonly string[] {
  return names.filter((name) => Object.hasOwn(object, name));
}

/** Exactly one of the named fields must be set. */
export function* exactlyOne(object: object, names: readonly string[], path: string): Generator<Violation> {
  const found = present(object, names);
  if (found.length !== 1)
    yield { path, rule: `has ${found.join(' and ') || 'none'} of ${names.join(', ')}; must have exactly one` };
}

/** Not both of two fields may be set. */
export function* notBoth(object: object, [one, other]: readonly [string, string], path: string): Generator<Violation> {
  if (present(object, [one, other]).length === 2)
    yield { path, rule: `has both ${one} and ${other}; must have one of them at most` };
}
