import { goldenCases } from '../../test/support/golden-cases.ts';
import { listenerRows } from '../envoy-page/listeners.ts';
import { fieldsOf, modelFields } from '../envoy-page/model-fields.ts';
import { nodeRows } from '../envoy-page/nodes.ts';
import { routeRows } from '../envoy-page/routes.ts';
import type { FieldRow } from '../envoy-page/row.ts';
import { table } from '../markdown/table.ts';
import { testLink } from '../markdown/test-link.ts';

const sections: Readonly<Record<string, readonly FieldRow[]>> = {
  'Meshes, nodes and services': nodeRows,
  'Listeners, limits and TLS': listenerRows,
  'Routes and gateway routes': routeRows,
};

/**
 * The page of every field of App Mesh's model: what Envoy is told, the goldens that have the field and the tests that saw it
 * act on real traffic. Throws when a field has no row, no golden or no test, and when a row names one that is not there.
 */
export function render(parts: Readonly<Record<string, readonly FieldRow[]>> = sections): string {
  const all = Object.values(parts).flat();
  const [described, known] = [all.flatMap(({ fields }) => fields), modelFields()];
  fail(
    'no row of docs/envoy.md says what becomes of',
    known.filter((field) => !described.includes(field)),
  );
  fail(
    'docs/envoy.md has rows for fields that the model does not have:',
    described.filter((field) => !known.includes(field)),
  );
  const cases = goldenCases().map(({ name, view }) => ({
    name,
    fields: new Set(view.resources.flatMap(fieldsOf)),
  }));
  const unseen = known.filter((field) => !cases.some(({ fields }) => fields.has(field)));
  fail('no golden in test/golden sets', unseen);
  const tables = Object.entries(parts).map(([title, rows]) =>
    section(
      title,
      rows.map((row) => cells(row, cases)),
    ),
  );
  return [intro, ...tables].join('\n\n');
}

interface Case {
  readonly name: string;
  readonly fields: ReadonlySet<string>;
}

function cells({ fields, emits, tests }: FieldRow, cases: readonly Case[]): string[] {
  if (emits === '' || tests.length === 0) throw new Error(`docs/envoy.md has an empty row: ${fields.join(', ')}`);
  return [
    fields.map((field) => `\`${field}\``).join('\n'),
    emits,
    goldensOf(fields, cases),
    tests.map(testLink).join('\n'),
  ];
}

/** Goldens that together set every field, the richest first. */
function goldensOf(fields: readonly string[], cases: readonly Case[]): string {
  const left = new Set(fields);
  const chosen: string[] = [];
  const gain = ({ fields: own }: Case) => [...left].filter((field) => own.has(field)).length;
  while (left.size > 0) {
    const [best] = [...cases].sort((a, b) => gain(b) - gain(a));
    if (best === undefined || gain(best) === 0) break;
    chosen.push(best.name);
    for (const field of best.fields) left.delete(field);
  }
  return chosen.map((name) => `[${name}](../test/golden/${name}/mesh.yaml)`).join('\n');
}

const section = (title: string, rows: readonly (readonly string[])[]) =>
  [`## ${title}`, '', table(['fields', 'what Envoy is told', 'goldens', 'seen on real traffic'], rows)].join('\n');

function fail(what: string, fields: readonly string[]): void {
  if (fields.length > 0) throw new Error(`${what} ${fields.join(', ')}`);
}

const intro = `# What becomes of each field

Every field of App Mesh's model that holds a value, by the service model's own names; what Envoy is told because of it; goldens
(in [test/golden](../test/golden)) whose compiled resources show it, each of which a real Envoy loads; and the tests that saw
its effect on real requests through a real Envoy. Where this is not what App Mesh did: [differences](differences.md).`;
