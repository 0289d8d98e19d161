import type { DeploymentConfiguration, DeploymentLifecycleHook } from '@aws-sdk/client-ecs';
import { EcsError } from './ecs-error.ts';
import { strategyOf } from './state.ts';

/** Stages a PAUSE hook may name (ECS developer guide, "Pause hooks", configuration fields). */
const PAUSE_STAGES = new Set<string>([
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
]);

/** Same page: 10 pause hooks a service, 1–20 160 minutes each. */
const MAX_HOOKS = 10;
const MAX_HOOK_MINUTES = 20_160;

/** ECS's defaults for a REPLICA service. */
const DEFAULTS: DeploymentConfiguration = { strategy: 'ROLLING', minimumHealthyPercent: 100, maximumPercent: 200 };

/**
 * A service's deployment configuration after an update: members not given keep their value, except that leaving
 * BLUE_GREEN drops its hooks and bake time. Throws InvalidParameterException for what ECS or this engine cannot run.
 */
export function mergedConfiguration(
  current: DeploymentConfiguration | undefined,
  given: DeploymentConfiguration | undefined,
): DeploymentConfiguration {
  const merged = { ...DEFAULTS, ...current, ...given };
  if (strategyOf(merged) === 'ROLLING' && strategyOf(current ?? {}) === 'BLUE_GREEN') {
    if (!given?.lifecycleHooks) delete merged.lifecycleHooks;
    if (given?.bakeTimeInMinutes === undefined) delete merged.bakeTimeInMinutes;
  }
  check(merged);
  return merged;
}

function check(configuration: DeploymentConfiguration): void {
  const { strategy, bakeTimeInMinutes, lifecycleHooks = [] } = configuration;
  if (strategy === 'LINEAR' || strategy === 'CANARY') {
    refuse(`strategy ${strategy} needs a load balancer, Service Connect or VPC Lattice; local services are headless.`);
  }
  if (strategy === 'BLUE_GREEN' && bakeTimeInMinutes === undefined) {
    refuse('bakeTimeInMinutes is required with strategy BLUE_GREEN; 0 is allowed.');
  }
  if (strategy === 'ROLLING' && lifecycleHooks.length > 0) {
    refuse('lifecycleHooks run with strategy BLUE_GREEN only: ECS documents no stage for ROLLING.');
  }
  if (lifecycleHooks.length > MAX_HOOKS) refuse(`a service has at most ${MAX_HOOKS} PAUSE hooks.`);
  lifecycleHooks.forEach(checkHook);
}

function checkHook(hook: DeploymentLifecycleHook, index: number): void {
  const at = `lifecycleHooks[${index}]`;
  if (hook.targetType !== 'PAUSE') {
    const message = `${at}.targetType: local ECS runs PAUSE hooks only.`;
    throw new EcsError('UnsupportedFeatureException', message);
  }
  const stages: string[] = hook.lifecycleStages ?? [];
  if (stages.length === 0) refuse(`${at}.lifecycleStages must name at least one stage.`);
  for (const stage of stages) {
    if (!PAUSE_STAGES.has(stage)) refuse(`${at}.lifecycleStages: a PAUSE hook cannot run at ${stage}.`);
  }
  const minutes = hook.timeoutConfiguration?.timeoutInMinutes ?? 1;
  if (minutes < 1 || minutes > MAX_HOOK_MINUTES) {
    refuse(`${at}.timeoutConfiguration.timeoutInMinutes must be between 1 and ${MAX_HOOK_MINUTES}.`);
  }
}

function refuse(message: string): never {
  throw new EcsError('InvalidParameterException', `deploymentConfiguration: ${message}`);
}
