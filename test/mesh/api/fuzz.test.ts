import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OperationRequest, readCommand } from '#mesh/api/command.ts';
import { errorsOf, operationList, shapeOf } from '#mesh/api/model.ts';
import { anyOf, mutated } from './arbitrary-shape.ts';

const home = { owner: '123456789012', region: 'eu-west-1' };
const name = fc.oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.constantFrom('a', 'a/b', '%', '..', '__proto__'));
const arn = fc.oneof(
  name,
  name.map((text) => `arn:aws:appmesh:eu-west-1:123456789012:mesh/${text}`),
  name.map((text) => `arn:aws:appmesh:eu-west-1:123456789012:mesh/m/virtualRouter/${text}/route/${text}`),
);

/** Body members of an operation's input, as the model allows them or with something else somewhere in them. */
function bodyOf(input: string): fc.Arbitrary<string> {
  const members = Object.entries(shapeOf(input).members ?? {}).filter(([, type]) => !type.includes(':'));
  const record = fc.record(Object.fromEntries(members.map(([key, type]) => [key, anyOf(type)])), { requiredKeys: [] });
  return fc.oneof(
    record.map((value) => JSON.stringify(value)),
    mutated(record).map((value) => JSON.stringify(value)),
    fc.string(),
  );
}

/** Path or query parameters that may say anything, or be missing. */
function outsideOf(
  input: string,
  place: 'uri' | 'query',
  value: fc.Arbitrary<string>,
): fc.Arbitrary<Record<string, string>> {
  const members = Object.entries(shapeOf(input).members ?? {}).filter(([, type]) => type.startsWith(place));
  const pairs = fc.tuple(...members.map(([key]) => fc.option(value.map((text) => [key, text] as const))));
  return pairs.map((some) => Object.fromEntries(some.filter((pair) => pair !== null)));
}

describe.each(operationList)('%s', (operation, { input }) => {
  test('is read, or refused with one of its own errors, whatever is sent', () => {
    const request: fc.Arbitrary<OperationRequest> = fc.record({
      operation: fc.constant(operation),
      params: outsideOf(input, 'uri', name),
      query: outsideOf(input, 'query', fc.oneof(arn, fc.nat(200).map(String))),
      body: bodyOf(input),
    });
    fc.assert(
      fc.property(request, (sent) => {
        try {
          readCommand(sent, home);
        } catch (error) {
          expect(errorsOf(operation)).toContain((error as Error).name);
        }
      }),
    );
  });
});
