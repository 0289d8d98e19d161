import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { jsonSchemaOf } from '#rollouts/json-schema.ts';
import { policyJsonSchema } from '#rollouts/policy-json-schema.ts';
import { patchSchema } from '#rollouts/policy-schema.ts';
import { policySchemaFile } from '../../scripts/policy-schema.ts';

test('the published schema is the one the API checks by: node scripts/policy-schema.ts writes it', () => {
  expect(JSON.parse(readFileSync(policySchemaFile, 'utf8'))).toEqual(policyJsonSchema());
});

test('every part of a policy is in it, and nothing else may be', () => {
  expect(policyJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false });
  expect(Object.keys(policyJsonSchema()['properties'] as object).sort()).toEqual(
    Object.keys(patchSchema.entries).sort(),
  );
});

test('bounds, patterns and choices are told in JSON Schema’s words', () => {
  const schema = v.strictObject({
    weight: v.pipe(
      v.number(),
      v.gtValue(0),
      v.maxValue(100),
      v.check(() => true),
    ),
    seconds: v.pipe(v.pipe(v.number(), v.integer(), v.minValue(1)), v.maxValue(9)),
    names: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.regex(/^[a-z]+$/))), v.maxLength(3)),
    mode: v.optional(v.nullable(v.picklist(['on', 'off']))),
    one: v.union([v.literal(95), v.boolean()]),
  });

  expect(jsonSchemaOf(schema)).toEqual({
    type: 'object',
    properties: {
      weight: { type: 'number', exclusiveMinimum: 0, maximum: 100 },
      seconds: { type: 'integer', minimum: 1, maximum: 9 },
      names: { type: 'array', items: { type: 'string', minLength: 1, pattern: '^[a-z]+$' }, maxItems: 3 },
      mode: { anyOf: [{ enum: ['on', 'off'] }, { type: 'null' }] },
      one: { anyOf: [{ const: 95 }, { type: 'boolean' }] },
    },
    required: ['weight', 'seconds', 'names', 'one'],
    additionalProperties: false,
  });
});

test('a kind of value that has no translation is an error, not a schema that lets everything pass', () => {
  expect(() => jsonSchemaOf(v.date())).toThrow("no JSON Schema for valibot's date");
});
