import { operationList } from '../../mesh/api/model.ts';
import { type Difference, type DifferenceName, differences } from '../app-mesh-page/differences.ts';
import { type OperationRow, operationRows, testsOfAll } from '../app-mesh-page/operations.ts';
import { table } from '../markdown/table.ts';
import { testLink } from '../markdown/test-link.ts';

const allDifferences: Readonly<Record<DifferenceName, Difference>> = differences;
const names = Object.keys(differences) as readonly DifferenceName[];

/** The page of the App Mesh API: every operation with its tests and where it differs from App Mesh, and why. */
export function render(rows: Readonly<Record<string, OperationRow>> = operationRows): string {
  return [intro, heldByAll(), operations(rows), known()].join('\n\n');
}

const intro = `# The App Mesh API

All operations of AWS App Mesh, at \`/v20190125\` of the stack's \`ApiUrl\`, for the clients that were made for it: paths,
bodies, exceptions, versions, paging and tags are those of App Mesh, and a spec is given back as it was sent.
[How a client gets there](deploy.md#clients). The story of each client (the SDK, boto3, the AWS CLI, Terraform) is in
[test/conformance](../test/conformance).

What Weir adds: \`?dryRun=true\` on a write answers what it would change for which proxies, and stores nothing
([Weir's own API](weir-api.md) has the rest).`;

const heldByAll = (): string =>
  ['## Tests of every operation', '', ...testsOfAll.map((title) => `- ${testLink(title)}`)].join('\n');

function operations(rows: Readonly<Record<string, OperationRow>>): string {
  const lines = operationList.map(([name, { method, path }]) => {
    const row = rows[name];
    if (row === undefined || row.tests.length === 0)
      throw new Error(`the page of the App Mesh API has no tests for ${name}`);
    const request = `\`${method} ${path.replace('/v20190125', '')}\``;
    return [name, request, row.tests.map(testLink).join('\n'), row.differences.map(anchorLink).join(', ')];
  });
  return ['## Operations', '', table(['operation', 'request', 'its own tests', 'differs in'], lines)].join('\n');
}

function known(): string {
  const lines = names.map((name) => {
    const { what, why, tests } = allDifferences[name];
    return [`${numberOf(name)}`, what, why, tests.map(testLink).join('\n')];
  });
  return ['## Differences', '', table(['', 'what', 'why', 'tests'], lines)].join('\n');
}

const numberOf = (name: DifferenceName): number => names.indexOf(name) + 1;
const anchorLink = (name: DifferenceName): string => `[${numberOf(name)}](#differences)`;
