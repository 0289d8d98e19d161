import type { Row } from './row.ts';

/** How Flagger 1.44, Argo Rollouts 1.9, ECS and CodeDeploy bring a revision in and judge it, by the names under which they are compared. */
export const judgingFeatures: readonly Row[] = [
  {
    name: 'Platform',
    features: [
      {
        what: 'ECS services with a PAUSE hook (`BLUE_GREEN`)',
        done: ['a good release goes through the whole canary and no client notices'],
      },
      {
        what: 'preparing a service and giving it back (`weir adopt`, `weir eject`)',
        done: ['adopt makes ECS hold the next deployment at a pause, and deploys nothing by itself'],
      },
      {
        what: 'twin services behind one router: two virtual nodes, by moving their routes',
        done: [
          'traffic moves from one virtual node to its twin, step by step, by the declared weights',
          'a bad twin gets its traffic taken away again',
        ],
      },
      {
        what: 'ECS rolling updates, unprepared',
        done: [
          'a service that ECS updates in the rolling way is guarded: its bad release is stopped before the old tasks go',
        ],
      },
      {
        what: 'Kubernetes, its ingresses and meshes; load balancers as traffic shifters',
        notApplicable: 'Traffic is moved in the sidecars of ECS tasks, so no load balancer takes part in it.',
      },
    ],
  },
  {
    name: 'Strategies',
    features: [
      {
        what: 'canary',
        done: ['a healthy canary > goes through every step and is promoted, then ECS goes on'],
      },
      { what: 'linear', done: ['linear takes steps of one size, whatever the steps are'] },
      { what: 'blue/green', done: ['blueGreen gives everything at once, after the baseline, and bakes'] },
      { what: 'A/B', done: ['an A/B test gives its audience the new version, and nobody else'] },
      {
        what: 'mirroring',
        done: ['a mirror shows a bad release by copies: it comes back before any client has met it'],
      },
      { what: 'off', done: ['off > hands the endpoints over when they are ready, and lets ECS go on'] },
      {
        what: 'Experiments: baseline and canary of the same age beside stable',
        notApplicable:
          'ECS has blue and green at full scale, and the judge compares them request by request; a third set of tasks would add cost, not certainty.',
      },
    ],
  },
  {
    name: 'Steps',
    features: [
      {
        what: 'a list of weights, each with a shortest and longest time',
        done: [
          'a policy > that cannot be is refused with the place and the reason: %j',
          'a step that asks for requests > ends when they came, after its shortest time and long before its longest',
        ],
      },
      { what: 'steps of one size (`linear`)', done: ['linear takes steps of one size, whatever the steps are'] },
      {
        what: 'pause as a step: a gate before it',
        done: ['a gate in mid-canary > stands before its step and before no other one'],
      },
      {
        what: 'capacity by step (setCanaryScale)',
        notApplicable:
          'ECS brings green to full scale before it pauses; the share of the traffic is what the steps move.',
      },
    ],
  },
  {
    name: 'Metric providers',
    features: [
      {
        what: 'built in: what the sidecars count, by variant',
        done: [
          'a bad release comes back by itself and the shield keeps its failures from the client',
          'latency > finds a canary that is five times as slow within 10 s (median), and says that it was latency',
        ],
      },
      {
        what: 'CloudWatch, by alarms (composite ones too)',
        done: ['a CloudWatch alarm of the user takes a release back, however healthy its answers are'],
      },
      {
        what: 'Prometheus, Datadog, New Relic and others directly',
        notYet: 'Reach them by a CloudWatch alarm, or by an operator’s rollback through the API.',
      },
    ],
  },
  {
    name: 'Judgement',
    features: [
      {
        what: 'a sequential test that may be looked at every second',
        done: [
          'the e-values of a block > are expected to be at most 1 when both variants fail alike, whatever the rate: exactly',
        ],
      },
      {
        what: 'a fixed threshold beside it',
        done: ['the judge > holds the guard rail over what came since the weight was given'],
      },
      {
        what: 'not enough evidence: extend, pause, promote or roll back',
        done: [
          'a step that asks for requests > and gets none, as a service without traffic, ends as the policy says: %s',
          'a step that asks for requests > is extended once, then waits for a person, and that has an end',
        ],
      },
      {
        what: 'alarms that are missing or firing at the start are not ignored',
        done: [
          'an alarm at the start > that does not exist refuses the start, whatever the policy waits for',
          'bad days > an alarm that fires at the start refuses the canary any weight',
        ],
      },
      {
        what: 'dry run of the judgement',
        done: [
          'a dry run tells that a release is bad and acts on nothing; with nothing under way the service is taken back',
        ],
      },
    ],
  },
  {
    name: 'Baseline comparison',
    features: [
      {
        what: 'against stable, by sidecar and second, so that a shared outage cancels out',
        done: [
          'false rollbacks, at most 1 % of > healthy canaries while both variants fail together for a minute, which no fixed threshold survives',
        ],
      },
    ],
  },
  {
    name: 'Kayenta judge',
    features: [
      {
        what: 'statistics with a known rate of false rollbacks',
        done: ['false rollbacks, at most 1 % of > healthy canaries, where fixed thresholds roll nearly every one back'],
      },
      {
        what: 'effect size before promotion: an upper bound of the difference',
        done: ['a policy that asks for confidence leaves a step only when the margin is shown'],
      },
      {
        what: 'weighted scores of many metrics',
        notApplicable:
          'One question is asked (does the canary fail or lag more than stable?), with one error rate; a score has none.',
      },
    ],
  },
  {
    name: 'Hooks',
    features: [
      {
        what: 'webhooks that are told, signed and retried',
        done: ['a webhook, a Slack and a Teams channel are told of a rollback, each once, though one is busy at first'],
      },
      {
        what: 'webhooks whose answer decides (confirm, load test)',
        notYet:
          'A gate does it from the other side: the event Rollout Approval Needed asks, the API’s approve or deny answers.',
      },
      {
        what: 'Lambda hooks of ECS',
        notApplicable: 'They run beside Weir’s PAUSE hook as before; Weir leaves other stages alone.',
      },
    ],
  },
];
