import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { announce, type Change, setRollout } from './change.ts';
import { rollBack, stop } from './deployment-outcome.ts';
import { revisionOf, type ServiceDeployment } from './state.ts';

/** Failures at which the circuit breaker trips: by default half the desired count, at least 3, at most 200. */
export function breakerThreshold(configuration: DeploymentConfiguration, desiredCount: number): number {
  const { type = 'BOUNDED_PERCENT', value = 50 } = configuration.deploymentCircuitBreaker?.thresholdConfiguration ?? {};
  if (type === 'COUNT') return value;
  const share = Math.max(1, Math.ceil((desiredCount * value) / 100));
  return type === 'UNBOUNDED_PERCENT' ? share : Math.min(200, Math.max(3, share));
}

/**
 * Fails the deployment once its target has failed too often; true if it did. The API reference has it for ROLLING
 * only, but the Terraform provider's acceptance tests show it ending BLUE_GREEN deployments too, so it does here.
 */
export function tripBreaker(change: Change, deployment: ServiceDeployment): boolean {
  const { service } = change;
  const breaker = deployment.configuration.deploymentCircuitBreaker;
  if (!breaker?.enable) return false;
  const target = revisionOf(service, deployment.target);
  deployment.breaker.failures = target.failedTasks;
  if (target.failedTasks < breakerThreshold(deployment.configuration, service.desiredCount)) return false;
  deployment.breaker.status = 'TRIGGERED';
  setRollout(change, target, 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.');
  announce(change, 'SERVICE_DEPLOYMENT_FAILED', target);
  const cause = 'because the circuit breaker threshold was exceeded.';
  const announced = 'ECS deployment circuit breaker';
  if (breaker.rollback) rollBack(change, deployment, `Service deployment rolled back ${cause}`, announced);
  else stop(change, deployment, `Service deployment stopped ${cause}`);
  return true;
}
