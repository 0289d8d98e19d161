import { type Shape, shapeOf } from './model.ts';

/** One broken rule: where (JSON path), and what is wrong with the value there. */
export interface Violation {
  readonly path: string;
  readonly rule: string;
}

/**
 * Holds a value against a shape of the service model and names everything that breaks it: required and unknown fields,
 * types, lengths, ranges, patterns, enums, unions. Never throws; its depth is the model's, not the input's.
 */
export function* validate(shapeName: string, value: unknown, path: string): Generator<Violation> {
  const shape = shapeOf(shapeName);
  if (!isOfType(shape, value)) yield { path, rule: `must be ${typeName[shape.type]}, not ${show(value)}` };
  else if (typeof value === 'string') yield* stringViolations(shape, value, path);
  else if (typeof value === 'number') yield* boundViolations(shape, value, path, `is ${value}; must be`);
  else if (Array.isArray(value)) yield* listViolations(shape, value, path);
  else if (typeof value === 'object' && value !== null) yield* memberViolations(shape, value, path);
}

/** A value as an error text may carry it: short, and safe for any depth of input. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

const typeName: Readonly<Record<Shape['type'], string>> = {
  structure: 'an object',
  union: 'an object',
  list: 'a list',
  string: 'a string',
  integer: 'an integer',
  long: 'an integer',
  boolean: 'true or false',
};

function isOfType(shape: Shape, value: unknown): boolean {
  if (shape.type === 'list') return Array.isArray(value);
  if (shape.type === 'structure' || shape.type === 'union')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (shape.type === 'integer' || shape.type === 'long') return Number.isSafeInteger(value);
  return typeof value === shape.type;
}

function* stringViolations(shape: Shape, value: string, path: string): Generator<Violation> {
  if (!value.isWellFormed()) yield { path, rule: 'holds half of a surrogate pair, which is no Unicode text' };
  if (shape.values !== undefined && !shape.values.includes(value))
    yield { path, rule: `is ${show(value)}; must be one of ${shape.values.join(', ')}` };
  if (!isWithin(shape, value.length))
    yield* boundViolations(shape, value.length, path, `is ${value.length} characters long; must be`);
  if (shape.pattern !== undefined && !new RegExp(shape.pattern).test(value))
    yield { path, rule: `is ${show(value)}; must match ${shape.pattern}` };
}

function* listViolations(shape: Shape, value: readonly unknown[], path: string): Generator<Violation> {
  yield* boundViolations(shape, value.length, path, `has ${value.length} entries; must have`);
  for (const [index, entry] of value.entries()) yield* validate(shape.of ?? '', entry, `${path}[${index}]`);
}

/** Asked first, since nearly every value is: a generator for each would cost more than the check. */
const isWithin = ({ min, max }: Shape, size: number): boolean =>
  (min === undefined || size >= min) && (max === undefined || size <= max);

function* boundViolations({ min, max }: Shape, size: number, path: string, fact: string): Generator<Violation> {
  if (min !== undefined && size < min) yield { path, rule: `${fact} at least ${min}` };
  if (max !== undefined && size > max) yield { path, rule: `${fact} at most ${max}` };
}

function* memberViolations(shape: Shape, value: object, path: string): Generator<Violation> {
  for (const name of shape.required ?? [])
    if (!Object.hasOwn(value, name)) yield { path: memberPath(path, name), rule: 'is required' };
  for (const [name, entry] of Object.entries(value)) yield* memberViolation(shape.members ?? {}, name, entry, path);
  const count = Object.keys(value).length;
  if (shape.type === 'union' && count !== 1)
    yield {
      path,
      rule: `has ${count} members; must have exactly one of ${Object.keys(shape.members ?? {}).join(', ')}`,
    };
}

type Members = Readonly<Record<string, string>>;

function* memberViolation(members: Members, name: string, entry: unknown, path: string): Generator<Violation> {
  const member = Object.hasOwn(members, name) ? members[name] : undefined;
  if (member === undefined)
    yield { path: memberPath(path, name), rule: `is unknown; the fields here are ${Object.keys(members).join(', ')}` };
  else yield* validate(member.slice(member.indexOf(':') + 1), entry, path === '' ? name : `${path}.${name}`);
}

const memberPath = (path: string, name: string): string => {
  const step = /^\w{1,100}$/.test(name) ? name : `[${show(name)}]`;
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`;
};
