import { expect, test } from 'vitest';
import { complaints } from '../scripts/rollouts-page/complaints.ts';
import { faults } from '../scripts/rollouts-page/faults.ts';
import { judgingFeatures } from '../scripts/rollouts-page/judging-features.ts';
import { operatingFeatures } from '../scripts/rollouts-page/operating-features.ts';
import type { Feature, Row } from '../scripts/rollouts-page/row.ts';
import { namedTests } from './support/named-tests.ts';

/** The rows under which Flagger, Argo Rollouts, ECS and CodeDeploy were compared: none may get lost. */
const COMPARED = [
  'Platform',
  'Strategies',
  'Steps',
  'Metric providers',
  'Judgement',
  'Baseline comparison',
  'Kayenta judge',
  'Hooks',
  'Manual gate',
  'Control verbs',
  'Rollback',
  'Session affinity',
  'A/B header, mirror',
  'Scale aware',
  'Progress deadline',
  'Triggers',
  'Naming',
  'Metrics',
  'Notify',
  'Locks / windows / dry-run',
  'Phases',
];

/** The first issue of each row of complaints. */
const COMPLAINED = [
  'flagger#1814',
  'flagger#1801',
  'flagger#1035',
  'flagger#1532',
  'flagger#869',
  'argo#4612',
  'argo#1292',
  'argo#2005',
  'containers-roadmap#1863',
  'containers-roadmap#2651',
  'containers-roadmap#2853',
  'containers-roadmap#2709',
  'containers-roadmap#1371',
  'containers-roadmap#2664',
  'aws-cdk#36764',
  'copilot#4838',
];

const features: readonly Row[] = [...judgingFeatures, ...operatingFeatures];
const all = [...features, ...complaints].flatMap((row) =>
  row.features.map((feature) => ({ row: row.name, ...feature })),
);
const statuses = ({ what, ...rest }: Feature): readonly string[] =>
  Object.keys(rest).filter((key) => ['done', 'notApplicable', 'notYet'].includes(key));

test('every row of the comparison is listed, in its order, and no other', () => {
  expect(features.map(({ name }) => name)).toEqual(COMPARED);
  expect(complaints.map(({ name }) => /^[\w-]+#\d+/.exec(name)?.[0])).toEqual(COMPLAINED);
});

test('every row has a status for each of its features, and a test or a reason with it', () => {
  for (const feature of all) {
    expect(statuses(feature), `${feature.row}: ${feature.what}`).toHaveLength(1);
    const said = 'done' in feature ? feature.done : 'notApplicable' in feature ? feature.notApplicable : feature.notYet;
    expect(said.length, `${feature.row}: ${feature.what}`).toBeGreaterThan(0);
  }
  for (const { features: some, name } of [...features, ...complaints]) expect(some.length, name).toBeGreaterThan(0);
});

test('every test that a row names exists', () => {
  const known = namedTests();
  const named = [
    ...all.flatMap((feature) => ('done' in feature ? feature.done : [])),
    ...faults.flatMap(({ tests }) => tests),
  ];

  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((title) => !known.has(title))).toEqual([]);
});

test('every fault of the heal table was seen to heal end to end', () => {
  const known = namedTests();
  const unseen = faults.filter(({ tests }) => !tests.some((title) => known.get(title)?.endsWith('.e2e.test.ts')));

  expect(unseen.map(({ fault }) => fault)).toEqual([]);
  expect(faults.length).toBeGreaterThanOrEqual(8);
});
