import { table } from '../markdown/table.ts';
import { testLink } from '../markdown/test-link.ts';
import { complaints } from '../rollouts-page/complaints.ts';
import { faults } from '../rollouts-page/faults.ts';
import { judgingFeatures } from '../rollouts-page/judging-features.ts';
import { operatingFeatures } from '../rollouts-page/operating-features.ts';
import { prose } from '../rollouts-page/prose.ts';
import type { Feature, Row } from '../rollouts-page/row.ts';

/** The page of rollouts: how one runs and ends, then every row of the comparison with where it stands. */
export function render(): string {
  return [
    prose,
    '## Faults and what heals them',
    `Each is caused in local mode by the test named; its run prints the seconds and the client requests that failed, and keeps
them in \`.local/heal-results.txt\`.`,
    table(
      ['fault', 'what heals it', 'seen in'],
      faults.map(({ fault, heals, tests }) => [fault, heals, tests.map(testLink).join('\n')]),
    ),
    '## What Flagger, Argo Rollouts, ECS and CodeDeploy have',
    comparison([...judgingFeatures, ...operatingFeatures]),
    '## What their users complain of',
    comparison(complaints),
  ].join('\n\n');
}

function comparison(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ name, features: some }) =>
    some.map((feature, index) => [index === 0 ? `**${name}**` : '', feature.what, ...statusOf(feature)]),
  );
  return table(['', 'what', 'status', 'test, or reason'], lines);
}

function statusOf(feature: Feature): readonly [string, string] {
  if ('done' in feature) return ['done', feature.done.map(testLink).join('\n')];
  return 'notApplicable' in feature ? ['not applicable', feature.notApplicable] : ['not yet', feature.notYet];
}
