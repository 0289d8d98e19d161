import { table } from '../markdown/table.ts';
import { testLink } from '../markdown/test-link.ts';
import { trafficDifferences } from '../traffic-page/differences.ts';

/** The page on what a user of App Mesh may notice about traffic, each with the way back and the tests that hold it. */
export function render(): string {
  const rows = trafficDifferences.map(({ appMesh, weir, wayBack, tests }) => [
    appMesh,
    weir,
    wayBack,
    tests.map(testLink).join('\n'),
  ]);
  return [intro, table(['in App Mesh', 'in Weir', 'the way back', 'tests'], rows)].join('\n\n');
}

const intro = `# Where traffic goes another way than in App Mesh

A spec that App Mesh took is taken, and does what it says. These are the places where a user of App Mesh may notice that
what it did beside or against the spec is gone. What differs in the API itself is in [its own page](app-mesh-api.md#differences).`;
