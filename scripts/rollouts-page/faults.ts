/** A fault that is healed without a person, and the tests that cause it and see it heal. */
export interface HealedFault {
  readonly fault: string;
  readonly heals: string;
  readonly tests: readonly [string, ...string[]];
}

/** Every fault that Weir heals by itself, nearest to the user's traffic first. */
export const faults: readonly HealedFault[] = [
  {
    fault: 'a task stops or its health check fails',
    heals: 'ECS says STOPPING before the application hears of it: the endpoint goes at once, ECS starts another task',
    tests: ['a stable task whose application dies is left out at once and replaced'],
  },
  {
    fault: 'the canary’s tasks die',
    heals: 'the rollout goes back; the shield answers from stable meanwhile',
    tests: ['a canary whose every task dies in mid-canary is taken back'],
  },
  {
    fault: 'a sidecar does not confirm',
    heals:
      'the state is sent again, then the task is replaced (a fifth at most at a time, and only while others confirm); no weight rises before that; without a rollout the sweep does the same within minutes',
    tests: [
      'a sidecar that falls silent is asked again, then its task is replaced, and the canary goes on',
      'a sidecar that is behind > for three minutes has its task replaced, as long as the state reaches others',
    ],
  },
  {
    fault: 'Envoy refuses a change',
    heals: 'it keeps the last good one; a rollout goes back with Envoy’s own text, which `/proxies` shows too',
    tests: ['a change that Envoy refuses in mid-canary takes the canary back, and no client notices'],
  },
  {
    fault: 'an alarm fires after the promotion',
    heals:
      'while old tasks live they take the traffic again; ECS goes back by StopServiceDeployment, or deploys the revision before, which is let through unjudged',
    tests: ['a release whose alarm fires after its promotion is taken back, without being asked'],
  },
  {
    fault: 'a snapshot is not what is declared: a push that died, a hand in the bucket',
    heals: 'the sweep compiles anew, compares, and pushes where they differ',
    tests: ['what no event tells is found by the sweep: a new task, and a snapshot that is gone'],
  },
  {
    fault: 'events of ECS are lost, repeated, late or out of order',
    heals:
      'versions and ids make repetitions harmless; the sweep asks ECS for what no event told, a task’s first event included',
    tests: [
      'what no event tells is found by the sweep: a new task, and a snapshot that is gone',
      'events that ECS sends twice, the second time late, change nothing',
    ],
  },
  {
    fault: 'a rollout’s execution dies',
    heals: 'the heal machine writes weight 0, waits for the confirmations, and tells ECS to go back',
    tests: ['an execution stopped from outside leaves everything on stable'],
  },
  {
    fault: 'functions die in mid-work',
    heals: 'queues and streams deliver again; facts are only ever added, so doing it twice does no harm',
    tests: [
      'every worker of the function that takes acknowledgements killed in mid-canary: they are taken all the same',
      'bad days > functions that die now and then do not change the outcome',
    ],
  },
  {
    fault: 'all agents start at once (a herd)',
    heals:
      'Envoy serves on without them; each comes back by itself, with jitter, to what is on its disk and then to the news',
    tests: ['all agents that die at once are back at once, and no client notices'],
  },
  {
    fault: 'a newer deployment comes in mid-canary',
    heals: 'it takes the service under a higher fence; the older rollout ends without touching a weight again',
    tests: ['two deployments at once: the older is superseded, the newer ends promoted'],
  },
];
