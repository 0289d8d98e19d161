import fc from 'fast-check';
import { type Shape, shapeOf } from '#mesh/api/model.ts';

/** Any value the service model allows for a shape (cross-field rules apart). */
export function anyOf(name: string): fc.Arbitrary<unknown> {
  const shape = shapeOf(name);
  if (shape.values !== undefined) return fc.constantFrom(...shape.values);
  switch (shape.type) {
    case 'structure':
      return structure(shape);
    case 'union':
      return fc.oneof(...members(shape).map(([key, value]) => value.map((inner) => ({ [key]: inner }))));
    case 'list':
      return fc.array(anyOf(shape.of ?? ''), {
        minLength: shape.min ?? 0,
        maxLength: Math.min(shape.max ?? 3, (shape.min ?? 0) + 2),
      });
    case 'string':
      return text(shape);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'long':
      return fc.integer({ min: shape.min ?? 0, max: shape.max ?? 2 ** 31 });
  }
}

/** Body members of a structure: those in the path or query are not the validator's to read from JSON. */
const members = (shape: Shape) =>
  Object.entries(shape.members ?? {}).map(([key, type]) => [key, anyOf(type.slice(type.indexOf(':') + 1))] as const);

function structure(shape: Shape): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(members(shape)), { requiredKeys: [...(shape.required ?? [])] as never[] });
}

function text({ min = 0, max = 30, pattern }: Shape): fc.Arbitrary<string> {
  const bounds = { minLength: min, maxLength: Math.min(max, min + 20) };
  if (pattern !== undefined) return fc.constantFrom('a', 'zone', 'x1');
  return fc.string(bounds).filter((value) => value.length >= min && value.isWellFormed());
}

/** The same values with some JSON in place of, or beside, one of their parts. */
export const mutated = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(values, fc.jsonValue(), fc.nat()).map(([value, junk, at]) => mutate(value, junk, at));

function mutate(value: unknown, junk: unknown, at: number): unknown {
  if (typeof value !== 'object' || value === null) return junk;
  const keys = Object.keys(value);
  const key = keys[at % (keys.length + 1)];
  if (key === undefined) return Array.isArray(value) ? [...value, junk] : { ...value, [`x${at}`]: junk };
  const inner = mutate((value as Record<string, unknown>)[key], junk, Math.floor(at / (keys.length + 1)));
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}
