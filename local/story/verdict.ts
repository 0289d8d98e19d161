import type { Release, Story } from './story-file.ts';

/** A promise of the story that did not hold, and what was seen instead. */
export type BrokenPromise = { promise: string; evidence: string };

/** What a release was made to show. */
export type Expectation = {
  revision: string;
  /** What is in it, in words. */
  about: string;
  outcome: 'promoted' | 'rolledBack';
  /** Failed client requests that are still within the promise. */
  maxFailed: number;
};

/** The story: v2 is good, v3 fails 30 % of its requests; the shield leaves the client at most 3 of them. */
export const expectations: readonly Expectation[] = [
  { revision: 'v2', about: 'a good one', outcome: 'promoted', maxFailed: 0 },
  { revision: 'v3', about: 'it fails 30 % of its requests', outcome: 'rolledBack', maxFailed: 3 },
];

/** The least traffic that makes the story one of a live service. */
const MIN_REQUESTS_PER_SECOND = 200;

/** Every promise that the story broke; none means that it held. Judges outcomes only, never how long they took. */
export function brokenPromises(
  story: Story,
  requestsPerSecond: number,
  expected: readonly Expectation[] = expectations,
): BrokenPromise[] {
  const broken = expected.flatMap((expectation) => {
    const release = story.releases.find(({ revision }) => revision === expectation.revision);
    return release ? breachesOf(release, expectation) : [neverReleased(expectation)];
  });
  if (requestsPerSecond >= MIN_REQUESTS_PER_SECOND) return broken;
  const evidence = `${requestsPerSecond.toFixed(0)} a second were answered`;
  return [...broken, { promise: `at least ${MIN_REQUESTS_PER_SECOND} requests a second reach orders`, evidence }];
}

const neverReleased = ({ revision, outcome }: Expectation): BrokenPromise => ({
  promise: `${revision} ends ${outcome}`,
  evidence: 'it was never released',
});

function breachesOf(release: Release, { revision, outcome, maxFailed }: Expectation): BrokenPromise[] {
  const checks: (BrokenPromise | false)[] = [
    release.outcome !== outcome && {
      promise: `${revision} ends ${outcome}`,
      evidence: `it ended ${release.outcome}: ${release.reason}`,
    },
    release.client.failed > maxFailed && {
      promise: `at most ${maxFailed} client requests fail during ${revision}`,
      evidence: `${release.client.failed} of ${release.client.requests} failed`,
    },
    ...unconfirmedSteps(release),
    outcome === 'promoted' &&
      release.steps.at(-1)?.weight !== 100 && {
        promise: `${revision} reaches 100 %`,
        evidence: `its weights were ${release.steps.map(({ weight }) => weight).join(', ') || 'none'}`,
      },
    outcome === 'rolledBack' &&
      release.zeroAckedAt === undefined && {
        promise: `every sidecar confirms weight 0 for ${revision}`,
        evidence: 'the control plane never had all of their acknowledgements',
      },
    outcome === 'rolledBack' &&
      release.firstFailureAt === undefined && {
        promise: `${revision} fails requests before it is judged`,
        evidence: 'none of its tasks wrote a 5xx, so nothing was there to be caught',
      },
  ];
  return checks.filter((check) => check !== false);
}

function unconfirmedSteps({ revision, steps }: Release): BrokenPromise[] {
  if (steps.length === 0) return [{ promise: `${revision} takes at least one step`, evidence: 'it took none' }];
  return steps
    .filter((step) => step.requiredSidecars === 0 || step.ackedSidecars !== step.requiredSidecars)
    .map(({ weight, requiredSidecars, ackedSidecars }) => ({
      promise: `every sidecar confirms ${weight} % of ${revision}`,
      evidence: `${ackedSidecars} of ${requiredSidecars} did`,
    }));
}
