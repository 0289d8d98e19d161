/** How a rollout runs and how it ends: the part of the page that is written. */
export const prose = `# Rollouts

## How one runs

1. ECS tells of a deployment. The task definition says which virtual node it is; the rollout takes the service's lock and adds the
   new tasks to the node as a second variant at weight 0. From here on the sidecars of all callers report what they count.
2. ECS brings the new tasks up and pauses (\`BLUE_GREEN\` with a \`PAUSE\` hook), or goes on replacing (a rolling service).
3. For \`baselineSeconds\` the judge learns how errors come without a canary.
4. Each step writes one split, fenced by the rollout, and is taken only when every sidecar that routes to the node has confirmed
   it. The step lasts \`seconds\`; where it asks for evidence (\`minRequests\`, \`confidence\`), until there is enough, at most
   \`maxSeconds\`. Then \`onInconclusive\` decides.
5. The last step is 100 %, and bakes for \`bakeSeconds\` while the old tasks are all still there.
6. The new tasks become the stable variant; ECS is told to go on and stops the old ones. For \`watchSeconds\` more, an alarm of the
   policy takes the service back all the same.

At any time a verdict of the judge, an alarm, ECS's own end of the deployment, or somebody's rollback turns it around: weight 0 is
written, confirmed by every sidecar (stragglers are waited for \`rollbackAckSeconds\` and listed), then ECS goes back.
[Pictures of the two state machines](state-machines.md), [the policy and the verbs](weir-api.md), [who is told](events.md).

## How one ends

| end | when |
| --- | --- |
| \`promoted\` | every step passed, or somebody promoted it. Also, without judgement: strategy \`off\`; a node's first revision, which has nothing to be compared with; a service on its way back |
| \`rolledBack\` | a verdict, an alarm, too many silent sidecars, a refusal by Envoy, no ready canary task any more, a deadline, a denied gate, ECS itself, a person; also when its execution died |
| \`superseded\` | a newer deployment of the service took over, or another service's rollout took the virtual node |
| \`unrouted\` | no sidecar of the mesh routes to the node: an empty set confirms nothing, so ECS is told to go on and the reason says it |
| \`failed\` | weights are safe, but ECS could not be told; its hook's own time-out is the last way back |

What people ask about first:

- **A service with one task** is canaried like any other: ECS runs one old and one new task, and the weight divides requests, not
  tasks. When the new one dies, no canary task is ready, and the rollout goes back.
- **A service without traffic** gives the judge nothing. Steps without \`minRequests\` pass by time; with it, \`onInconclusive\` decides:
  \`extend\` once and then pause, \`pause\`, \`promote\`, or \`rollback\`.
- **Metrics without data**: an alarm in INSUFFICIENT_DATA does not fire. What it should mean is the alarm's own
  \`TreatMissingData\`.
- **An alarm that does not exist**, or fires already when the rollout starts, refuses it before any weight (with
  \`alarmWaitSeconds\` a firing one is waited for). ECS would ignore both.
- **A node that only a gateway of yours calls** is routed: gateways are sidecars too. A virtual gateway's own deployment is let
  through unjudged, because its callers are not in the mesh.
- **Two declared virtual nodes behind one route**, the App Mesh way: \`POST /rollouts { mesh, virtualRouter, from, to }\` moves the
  weights of the routes that name both, by the same steps, judge and verbs. ECS is not held; whoever else writes such a route
  has the last word, and the rollout ends \`superseded\`.
- **A force-new-deployment** of the same task definition is judged too: variants are told apart by deployment.`;
