import type { Row } from './row.ts';

/** What users of the others hit, by the numbers of their issues. */
export const complaints: readonly Row[] = [
  {
    name: 'flagger#1814, #724, #413, #1344, #1017, #1469: no verbs at run time',
    features: [
      {
        what: 'pause, resume, promote, roll back by API',
        done: ['an operator’s word > %s %j is written down with who said it, and wakes'],
      },
      { what: 'approve and deny', done: ['a gate before the start > is opened by nobody else'] },
      {
        what: 'signed one-click links in a chat',
        notYet: 'Messages name the rollout; whoever acts does so by the API or the CLI, as themselves.',
      },
    ],
  },
  {
    name: 'flagger#1801: no rollback while waiting at a gate',
    features: [
      {
        what: 'the judge goes on at gates and in pauses',
        done: ['a gate before the start > does not stop the judge', 'an operator > cannot lose a verdict by a pause'],
      },
    ],
  },
  {
    name: 'flagger#1035, #1098, #1501, argo#1905: no traffic fails the canary',
    features: [
      { what: 'no data is no evidence', done: ['the e-values of a block > say nothing without canary requests'] },
      {
        what: 'what then is the policy’s word',
        done: [
          'a step that asks for requests > and gets none, as a service without traffic, ends as the policy says: %s',
        ],
      },
    ],
  },
  {
    name: 'flagger#1532, #1655, #1339, #1834, argo#1838: sticky sessions stay on the canary',
    features: [
      {
        what: 'a rollback takes everybody off the canary',
        done: ['a bad release comes back by itself and the shield keeps its failures from the client'],
      },
      {
        what: 'buckets by hash, so that users do not flap',
        notYet: 'Each request is drawn by itself; the weight is exact, a user may meet both.',
      },
    ],
  },
  {
    name: 'flagger#869: the return of traffic crushes a small primary',
    features: [
      {
        what: 'stable stays at full scale until ECS is told to go on',
        done: ['a failing canary > is rolled back at 100 % while ECS still holds the old revision at full scale'],
      },
    ],
  },
  {
    name: 'argo#4612, #4841, #3078, #4128, #2048, #4461: aborts that leave residual weight',
    features: [
      {
        what: 'one fenced write of the whole split',
        done: ['every history ends converged: no canary has a weight, one revision is stable where ECS holds'],
      },
      {
        what: 'confirmed by every sidecar',
        done: ['a failing canary > is taken to weight 0 in one task after the verdict, and ECS rolls back after that'],
      },
    ],
  },
  {
    name: 'argo#1292, #1700, #4393, #1411: the wrong thing aborted or measured',
    features: [
      {
        what: 'a verb that comes too late is refused with the reason',
        done: [
          'an operator’s word > is refused with a 409 where the state forbids it, with a 403 where somebody else has to say it',
        ],
      },
      {
        what: 'counts by endpoint and deployment',
        done: ['the splits of a rollout > divide into whole basis points, and report under the rollout’s id'],
      },
    ],
  },
  {
    name: 'argo#2005: services that depend on each other',
    features: [{ what: 'rollout groups', notYet: 'Each service is judged by itself; a failing one alone goes back.' }],
  },
  {
    name: 'containers-roadmap#1863, #702: canary with App Mesh on ECS',
    features: [
      { what: 'the whole product', done: ['a good release goes through the whole canary and no client notices'] },
    ],
  },
  {
    name: 'containers-roadmap#2651, #229: gradual shift, programmatic promotion',
    features: [
      {
        what: 'any number of steps; promotion by API',
        done: [
          'a healthy canary > goes through every step and is promoted, then ECS goes on',
          'an operator promotes a release past its remaining steps',
        ],
      },
    ],
  },
  {
    name: 'containers-roadmap#2853: live weights are not checked before a shift',
    features: [
      {
        what: 'no weight before every sidecar has confirmed the last',
        done: ['no weight is raised, and stable is given up, only when every sidecar has confirmed the weight before'],
      },
    ],
  },
  {
    name: 'containers-roadmap#2709: UpdateService does not name the service deployment',
    features: [
      {
        what: 'a rollout has the deployment’s id, whichever way it is asked for',
        done: ['a rollout is named after its deployment', 'a deployment > of a hook event is traced to its service'],
      },
    ],
  },
  {
    name: 'containers-roadmap#1371: deployment events tell little',
    features: [
      {
        what: 'events with service, mesh, node, weight, steps and reason',
        done: ['the event of a rollout %s is what the documented schema says'],
      },
    ],
  },
  {
    name: 'containers-roadmap#2664: leaving BLUE_GREEN failed',
    features: [
      {
        what: '`weir eject` gives back what was there',
        done: [
          'ejecting a service > gives back what it had before it was adopted, whatever that was',
          'eject waits for the deployment to end, then gives back exactly what was there',
        ],
      },
    ],
  },
  {
    name: 'aws-cdk#36764: no hook for rollbacks',
    features: [
      {
        what: 'Rollout Rolled Back, with reason and actor',
        done: ['a webhook, a Slack and a Teams channel are told of a rollback, each once, though one is busy at first'],
      },
    ],
  },
  {
    name: 'copilot#4838, #117: a rollback that stops healthy old tasks',
    features: [
      {
        what: 'blue is not relaunched: it never left',
        done: ['a failing canary > is rolled back at 100 % while ECS still holds the old revision at full scale'],
      },
      {
        what: 'a rolling service is stopped before the old tasks go',
        done: [
          'a service that ECS updates in the rolling way is guarded: its bad release is stopped before the old tasks go',
        ],
      },
    ],
  },
];
