import type { Row } from './row.ts';

/** What the others offer to whoever operates a rollout. */
export const operatingFeatures: readonly Row[] = [
  {
    name: 'Manual gate',
    features: [
      {
        what: 'approve and deny, by named principals, with an expiry',
        done: [
          'a release waits at its gate until it is approved; then an operator sets a weight and leaves a step out',
          'a gate before the start > holds the first weight until one of its approvers approves, and says who did',
          'a gate before the start > that nobody answers does what its policy says: %s',
        ],
      },
      {
        what: 'before the promotion',
        done: [
          'a gate in mid-canary > before the promotion stands after the bake, and a denial still finds the old revision at full scale',
        ],
      },
    ],
  },
  {
    name: 'Control verbs',
    features: [
      { what: 'pause, resume', done: ['a paused release stays where it is until it is resumed'] },
      { what: 'promote', done: ['an operator promotes a release past its remaining steps'] },
      { what: 'rollback', done: ['an operator takes a good release back'] },
      {
        what: 'retry',
        done: ['a release that nobody approves is taken back; tried again, blue/green, it goes through'],
      },
      {
        what: 'roll a service back with no rollout under way',
        done: [
          'a rollback of a service > with none under way takes the last promotion back, once however often it is said',
        ],
      },
      {
        what: 'skip a step, promote fully, set a weight',
        done: [
          'a release waits at its gate until it is approved; then an operator sets a weight and leaves a step out',
          'an operator’s word > moves a step on only if it was said in that step',
          'an operator’s word > %s %j is written down with who said it, and wakes',
          'a gate in mid-canary > is not passed by a full promotion or a weight of somebody’s own',
        ],
      },
      {
        what: 'each by an identity that is written down',
        done: ['an operator’s word > %s %j is written down with who said it, and wakes'],
      },
      {
        what: 'suspend everything',
        done: ['windows and freezes > hold the first weight until a window opens'],
      },
    ],
  },
  {
    name: 'Rollback',
    features: [
      {
        what: 'to weight 0 in one task after the verdict, before ECS moves anything',
        done: ['a failing canary > is taken to weight 0 in one task after the verdict, and ECS rolls back after that'],
      },
      {
        what: 'confirmed by every sidecar, stragglers listed',
        done: ['sidecars > that never confirm weight 0 are listed, and ECS is told all the same'],
      },
      {
        what: 'after the promotion, too',
        done: ['a release whose alarm fires after its promotion is taken back, without being asked'],
      },
    ],
  },
  {
    name: 'Session affinity',
    features: [
      {
        what: 'a user stays with the variant of the first request',
        notYet: 'An A/B audience by cookie gives it to those who carry the cookie; there are no buckets by hash yet.',
      },
    ],
  },
  {
    name: 'A/B header, mirror',
    features: [
      {
        what: 'by header or cookie',
        done: ['the audience stands in the split as long as its step lasts'],
      },
      {
        what: 'copies of a share of the requests',
        done: ['a mirror copies requests to the canary first: clients get none of its answers'],
      },
    ],
  },
  {
    name: 'Scale aware',
    features: [
      {
        what: 'a canary waits until all its tasks are ready',
        done: ['green > needs the hook and each wanted task of the canary ready'],
      },
      {
        what: 'tasks that come and go in mid-canary',
        done: ['every sidecar > drops those that ECS stops meanwhile, and does not wait for later ones'],
      },
      {
        what: 'scaling the canary by its weight',
        notApplicable: 'ECS keeps both revisions at full scale, which is what makes the way back safe.',
      },
    ],
  },
  {
    name: 'Progress deadline',
    features: [
      {
        what: 'a canary that never becomes green is taken back in time',
        done: ['bad days > a canary that never becomes green is rolled back when the policy’s time is over'],
      },
      {
        what: 'every wait has an end',
        done: ['the %s machine > bounds every task by its own timeout'],
      },
    ],
  },
  {
    name: 'Triggers',
    features: [
      {
        what: 'any ECS deployment, whoever started it',
        done: ['a good release goes through the whole canary and no client notices'],
      },
      {
        what: 'by hand',
        done: ['a start by hand > starts the newest deployment as its event would have, with who asked'],
      },
      {
        what: 'a changed ConfigMap or Secret',
        notApplicable: 'On ECS these change by a new deployment, which is judged.',
      },
    ],
  },
  {
    name: 'Naming',
    features: [
      {
        what: 'no name of the user changes: the variants of a node are Weir’s own',
        done: ['the splits of a rollout > divide into whole basis points, and report under the rollout’s id'],
      },
    ],
  },
  {
    name: 'Metrics',
    features: [
      {
        what: 'outcomes, durations, steps, time to weight 0, repairs',
        done: [
          'the metrics of a rollout > that was rolled back tell how long it took until no traffic went to the canary',
        ],
      },
      {
        what: 'a dashboard',
        done: ['the page lists every event by its name and detail type, and which of them are told by default'],
      },
    ],
  },
  {
    name: 'Notify',
    features: [
      {
        what: 'Slack, Microsoft Teams, webhooks',
        done: ['a webhook, a Slack and a Teams channel are told of a rollback, each once, though one is busy at first'],
      },
      {
        what: 'events on the bus by a schema',
        done: ['the event of a rollout %s is what the documented schema says'],
      },
      { what: 'Discord, Rocket.Chat and others', notYet: 'A rule on the bus, or a webhook, reaches them.' },
    ],
  },
  {
    name: 'Locks / windows / dry-run',
    features: [
      {
        what: 'one rollout a service',
        done: ['the lock of a service > goes to the newer deployment under a higher fence, and never back'],
      },
      {
        what: 'so many rollouts of a mesh at once',
        done: ['of two releases in a mesh that lets one go at a time, the second goes when the first has ended'],
      },
      { what: 'windows and freezes', done: ['windows and freezes > hold the first weight until a window opens'] },
      { what: 'dry run', done: ['a dry run > lasts as long as its steps and its bake would'] },
    ],
  },
  {
    name: 'Phases',
    features: [
      {
        what: 'a phase in words for every wait, a defined end for every rollout',
        done: ['every history ends: each rollout in a defined state, each execution succeeded, no token left'],
      },
    ],
  },
];
