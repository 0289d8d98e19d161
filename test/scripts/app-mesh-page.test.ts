import { expect, test } from 'vitest';
import { operationList } from '#mesh/api/model.ts';
import { operationRows } from '../../scripts/app-mesh-page/operations.ts';
import { render } from '../../scripts/docs/app-mesh-api.ts';

test('the page has one row for each operation', () => {
  const rows = [...render().matchAll(/^\| (\w+) \| `(GET|PUT|DELETE) [^|]+\| \[/gm)].map(([, name]) => name);

  expect(rows).toEqual(operationList.map(([name]) => name));
  expect(rows).toHaveLength(38);
});

test('an operation without a row, or with a row that names no test, is no page', () => {
  const { CreateRoute: _, ...others } = operationRows;

  expect(() => render(others)).toThrow('no tests for CreateRoute');
  expect(() => render({ ...others, CreateRoute: { tests: [], differences: [] } })).toThrow('no tests for CreateRoute');
});

test('a row that names a test that does not exist is no page', () => {
  const ghost = { tests: ['goes through walls'], differences: [] };

  expect(() => render({ ...operationRows, UpdateRoute: ghost })).toThrow('no test is named "goes through walls"');
});
