import * as sdk from '@aws-sdk/client-app-mesh';
import { describe, expect, test } from 'vitest';
import { errorStatus } from '#mesh/api/model.gen.ts';
import { operationList, shapeOf } from '#mesh/api/model.ts';

/**
 * The SDK's own schemas are the second witness of the contract: `[kind, namespace, name, traits, names, members, required]`
 * for a structure, `[9, namespace, name, traits, input, output]` for an operation.
 */
type Member = number | readonly [unknown, unknown] | (() => Schema) | Schema;
type Schema = readonly [number, string, string, unknown, readonly string[], readonly Member[], number?];
type OperationSchema = readonly [
  9,
  string,
  string,
  { http: readonly [string, string, number] },
  () => Schema,
  () => Schema,
];

const schemas = sdk as unknown as Record<string, unknown>;
const operationSchema = (name: string) => schemas[`${name}$`] as OperationSchema;
const names = Object.keys(schemas)
  .filter((name) => name.endsWith('Command') && name !== 'Command' && name !== '$Command')
  .map((name) => name.slice(0, -'Command'.length));

/** Where a member rides, by its traits: bit 1 is a path label, `httpQuery` the query, anything else the body. */
function placeOf(member: Member): 'uri' | 'query' | 'body' {
  const traits = Array.isArray(member) ? member[1] : 0;
  if (typeof traits === 'object' && traits !== null && 'httpQuery' in traits) return 'query';
  return typeof traits === 'number' && (traits & 1) === 1 ? 'uri' : 'body';
}

/** The structure or list a member leads to: behind a thunk, beside traits (`[schema, traits]`), or not at all for a scalar. */
function structureOf(member: Member): Schema | undefined {
  if (typeof member === 'number') return undefined;
  if (typeof member === 'function') return member();
  return isSchema(member) ? member : structureOf(member[0] as Member);
}

const isSchema = (value: readonly unknown[]): value is Schema => typeof value[1] === 'string';

/** Holds a shape of our table and everything below it against the SDK's schema of the same place. */
function compare(shapeName: string, schema: Schema, seen: Set<string>): void {
  const shape = shapeOf(shapeName);
  if (seen.has(shapeName)) return;
  seen.add(shapeName);
  if (schema[0] === 1) compareList(shape.of ?? '', schema as unknown as ListSchema, seen);
  else compareMembers(shapeName, schema, seen);
}

function compareMembers(shapeName: string, schema: Schema, seen: Set<string>): void {
  const shape = shapeOf(shapeName);
  const [kind, , name, , members, types, required = 0] = schema;
  expect(name).toBe(shapeName);
  expect(kind === 4 ? 'union' : 'structure').toBe(shape.type);
  expect(Object.keys(shape.members ?? {}).sort()).toEqual([...members].sort());
  expect([...(shape.required ?? [])].sort()).toEqual(members.slice(0, required).sort());
  for (const [index, member] of members.entries()) {
    const type = types[index] as Member;
    const [place, ofPlace] = (shape.members?.[member] ?? '').split(':');
    expect(ofPlace === undefined ? 'body' : place, `${shapeName}.${member}`).toBe(placeOf(type));
    const below = structureOf(type);
    if (below !== undefined) compare(ofPlace ?? place ?? '', below, seen);
  }
}

type ListSchema = readonly [1, string, string, unknown, Member];

function compareList(of: string, [, , , , member]: ListSchema, seen: Set<string>): void {
  const below = structureOf(member);
  if (below !== undefined) compare(of, below, seen);
}

test('the table has the 38 operations of the SDK and no other', () => {
  expect(names).toHaveLength(38);
  expect(operationList.map(([name]) => name).sort()).toEqual([...names].sort());
});

describe.each(operationList)('%s', (name, operation) => {
  test('has the method, path and status of the SDK', () => {
    expect([operation.method, operation.path, 200]).toEqual(operationSchema(name)[3].http);
  });

  test('takes the input of the SDK: names, places, required fields, unions, all the way down', () => {
    const seen = new Set<string>();
    compare(operation.input, operationSchema(name)[4](), seen);
    expect(seen.size).toBeGreaterThan(0);
  });

  test('answers with the members of the SDK', () => {
    const [, , , , members, types] = operationSchema(name)[5]();
    const payload = members.filter((_, index) => {
      const type = types[index];
      return Array.isArray(type) && type[1] === 16;
    });
    expect(operation.payload === undefined ? [] : [operation.payload]).toEqual(payload);
    if (operation.list !== undefined) expect(members).toContain(operation.list);
  });
});

test('every exception has the status of the SDK', () => {
  for (const [name, status] of Object.entries(errorStatus)) {
    const schema = schemas[`${name}$`] as Schema;
    expect(Object.values(schema[3] as object), name).toContain(status);
  }
});
