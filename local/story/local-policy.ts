/**
 * The shop's policy: the default one's weights with seconds where it has minutes, so that the story fits into a coffee
 * break. Sidecars report twice a second; 15 s of baseline are the least that the judge takes.
 */
export const localPolicy = {
  steps: [
    { weight: 5, seconds: 5 },
    { weight: 25, seconds: 5 },
    { weight: 50, seconds: 5 },
    { weight: 100, seconds: 3 },
  ],
  baselineSeconds: 15,
  bakeSeconds: 5,
  reportEveryMs: 500,
  scaleUpSeconds: 90,
};
