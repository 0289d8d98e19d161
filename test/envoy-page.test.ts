import { describe, expect, test } from 'vitest';
import { render } from '../scripts/docs/envoy.ts';
import { modelFields } from '../scripts/envoy-page/model-fields.ts';
import type { FieldRow } from '../scripts/envoy-page/row.ts';

const seen = 'a route matches > a method';

/** A page of one row. */
const page = (row: Partial<FieldRow>) => () =>
  render({ all: [{ fields: modelFields(), emits: 'something', tests: [seen], ...row }] });

describe('the page of what becomes of each field', () => {
  test('is made when every field has a row with a golden and a test', () => {
    expect(page({})()).toContain('`HttpRouteMatch.method`');
  });

  test('fails on a field of the model without a row, so that a new field cannot be forgotten', () => {
    const [first = '', ...others] = modelFields();
    expect(page({ fields: others })).toThrow(`no row of docs/envoy.md says what becomes of ${first}`);
  });

  test('fails on a row for a field that the model does not have', () => {
    expect(page({ fields: [...modelFields(), 'Listener.color'] })).toThrow('does not have: Listener.color');
  });

  test('fails on a row that says nothing, or that no test holds', () => {
    expect(page({ emits: '' })).toThrow('has an empty row');
    expect(page({ tests: [] })).toThrow('has an empty row');
  });

  test('fails on a test that does not exist', () => {
    expect(page({ tests: ['a route matches > a colour'] })).toThrow('no test is named "a route matches > a colour"');
  });
});
