import type { DeploymentConfiguration, EcsService } from '#aws/client/ecs-services.ts';
import { remembered, rememberedIn, rememberingKeys } from './remembered-configuration.ts';

/** What is to become of a service: a change, nothing, or a refusal with its reason. */
export type Plan =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'nothing'; readonly reason: string }
  | {
      readonly kind: 'change';
      readonly configuration: DeploymentConfiguration;
      /** Written before the change, so that it is never made without them. */
      readonly tags: Readonly<Record<string, string>>;
      /** Taken away after the change. */
      readonly untag: readonly string[];
      /** What whoever says yes should know. */
      readonly remarks: readonly string[];
    };

type Hook = NonNullable<DeploymentConfiguration['lifecycleHooks']>[number];

/** Where Weir takes over: both revisions run at full scale, and nothing has been promised to the new one. */
const STAGE = 'POST_SCALE_UP';
/** ECS's own: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-hooks.html */
const MOST_HOOKS = 10;

/**
 * The one UpdateService that lets Weir hold a service's deployments: ECS's own blue/green without traffic of its own, and a
 * pause when green is up. `hookMinutes` is the dead man's switch: if nobody answers that long, ECS rolls back by itself.
 */
export function planAdoption(service: EcsService, hookMinutes: number): Plan {
  const { configuration, tags } = service;
  if (isAdopted(configuration))
    return { kind: 'nothing', reason: 'Weir already holds the deployments of this service.' };
  const reason = obstacle(service) ?? hookObstacle(configuration);
  if (reason !== undefined) return { kind: 'refused', reason };
  const memory = rememberedIn(configuration);
  const { lifecycleHooks = [], deploymentCircuitBreaker } = configuration;
  return {
    kind: 'change',
    configuration: {
      ...configuration,
      strategy: 'BLUE_GREEN',
      bakeTimeInMinutes: 0,
      lifecycleHooks: [...lifecycleHooks, pause(hookMinutes)],
      // ECS has it for rolling updates only; ejecting brings it back.
      ...(deploymentCircuitBreaker?.enable === true && {
        deploymentCircuitBreaker: { enable: false, rollback: false },
      }),
    },
    tags: memory,
    untag: rememberingKeys(tags).filter((key) => !(key in memory)),
    remarks: ['While a deployment is judged both revisions run at full scale: it takes twice the tasks for that time.'],
  };
}

/** The UpdateService that gives a service back to ECS, with the configuration it had before it was adopted. */
export function planEjection(service: EcsService): Plan {
  const { configuration, tags } = service;
  if (!isAdopted(configuration))
    return { kind: 'nothing', reason: 'Weir does not hold the deployments of this service.' };
  if (service.isDeploying) return { kind: 'refused', reason: DEPLOYING };
  const before = remembered(tags);
  return {
    kind: 'change',
    configuration: withoutWeir(before ?? { ...configuration, strategy: 'ROLLING' }),
    tags: {},
    untag: rememberingKeys(tags),
    remarks: before === undefined ? ['Its tags do not say what it had before: it becomes a plain rolling update.'] : [],
  };
}

/** Whether a pause after scale-up already waits for Weir, and nothing after Weir has decided. */
function isAdopted({ strategy, bakeTimeInMinutes, lifecycleHooks = [] }: DeploymentConfiguration): boolean {
  return strategy === 'BLUE_GREEN' && bakeTimeInMinutes === 0 && lifecycleHooks.some(isPause);
}

const isPause = ({ targetType, lifecycleStages = [] }: Hook): boolean =>
  targetType === 'PAUSE' && lifecycleStages.some((stage) => stage === STAGE);

const pause = (timeoutInMinutes: number): Hook => ({
  targetType: 'PAUSE',
  lifecycleStages: [STAGE],
  timeoutConfiguration: { timeoutInMinutes, action: 'ROLLBACK' },
});

/** A rolling update has neither hooks nor bake; ECS keeps what an update does not mention, so the hooks are taken away. */
function withoutWeir(before: DeploymentConfiguration): DeploymentConfiguration {
  if (before.strategy !== undefined && before.strategy !== 'ROLLING') return before;
  const { bakeTimeInMinutes: _, ...rest } = before;
  return { ...rest, strategy: 'ROLLING', lifecycleHooks: [] };
}

const DEPLOYING = 'A deployment of it is in progress: wait until it has ended, or roll it back, and try again.';

/** What ECS would refuse, or what would leave every deployment waiting for nobody. */
function obstacle({ status, controller, scheduling, launchType, trafficBy, isDeploying, proxy }: EcsService) {
  if (status !== 'ACTIVE') return `It is ${status}: only an ACTIVE service can be changed.`;
  if (controller !== 'ECS')
    return `Its deployment controller is ${controller}: blue/green with hooks is for the controller ECS only.`;
  if (scheduling !== 'REPLICA') return `Its scheduling strategy is ${scheduling}: ECS has blue/green for REPLICA only.`;
  if (launchType === 'EXTERNAL') return 'It runs on ECS Anywhere, for which ECS has no blue/green.';
  if (trafficBy.length > 0)
    return `It has ${trafficBy.join(', ')}: ECS would shift that traffic itself. Weir holds services that get theirs through the mesh alone.`;
  if (proxy === undefined)
    return 'Its task definition has no APPMESH_RESOURCE_ARN: Weir would not know it, and each deployment would wait for nobody.';
  if (proxy.kind === 'vg') return 'Its tasks are a virtual gateway: canaries are for virtual nodes.';
  return isDeploying ? DEPLOYING : undefined;
}

function hookObstacle({ strategy, lifecycleHooks = [] }: DeploymentConfiguration): string | undefined {
  if (strategy === 'LINEAR' || strategy === 'CANARY')
    return `Its strategy is ${strategy}: ECS shifts the traffic itself. Set ROLLING or BLUE_GREEN first.`;
  return lifecycleHooks.length < MOST_HOOKS ? undefined : `It has ${MOST_HOOKS} lifecycle hooks, which is ECS's limit.`;
}
