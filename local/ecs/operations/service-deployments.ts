import { rollBack, stop } from '../deployment-outcome.ts';
import { briefServiceDeployment, describeServiceDeployment, describeServiceRevision } from '../describe-service.ts';
import { EcsError } from '../ecs-error.ts';
import type { Operation } from '../json-protocol.ts';
import { resolveHook } from '../lifecycle-stages.ts';
import { pageOf } from '../pages.ts';
import type { Input } from '../requests.ts';
import { activeDeployment, isFinal } from '../state.ts';
import { missing, type OperationContext, operation } from './context.ts';

/** The operations on service deployments and revisions, among them the two that decide a rollout. */
export function serviceDeploymentOperations(context: OperationContext): (readonly [string, Operation])[] {
  const { registry, arns } = context;
  return [
    operation('ListServiceDeployments', (input) => {
      const service = registry.service(registry.cluster(input.cluster), input.service);
      const { status } = input;
      const wanted = service.deployments.filter(
        (one) => status === undefined || status.length === 0 || status.includes(one.status),
      );
      const briefs = wanted.toReversed().map((one) => briefServiceDeployment(arns, service, one));
      const { items, ...token } = pageOf(briefs, input);
      return { serviceDeployments: items, ...token };
    }),
    operation('DescribeServiceDeployments', ({ serviceDeploymentArns }) => ({
      serviceDeployments: serviceDeploymentArns.flatMap((arn) => {
        const found = registry.findDeployment(arn);
        if (!found) return [];
        const tasks = registry.tasksOf(found.service).map(({ record }) => record);
        return [describeServiceDeployment(arns, found.service, found.deployment, tasks)];
      }),
      failures: serviceDeploymentArns.filter((arn) => !registry.findDeployment(arn)).map(missing),
    })),
    operation('DescribeServiceRevisions', ({ serviceRevisionArns }) => {
      const found = serviceRevisionArns.map((arn) => describeRevision(context, arn));
      return {
        serviceRevisions: found.filter((one) => one !== undefined),
        failures: serviceRevisionArns.filter((_, index) => !found[index]).map(missing),
      };
    }),
    operation('StopServiceDeployment', (input) => stopServiceDeployment(context, input)),
    operation('ContinueServiceDeployment', (input) => continueServiceDeployment(context, input)),
  ];
}

function describeRevision({ registry, arns }: OperationContext, arn: string) {
  const [kind = '', cluster = '', name = '', id] = arn.split('/');
  const service = kind.endsWith(':service-revision') ? registry.findService(cluster, name) : undefined;
  const revision = service?.revisions.find((one) => one.id === id);
  if (!service || !revision) return undefined;
  return describeServiceRevision(arns, service, revision, registry.findDefinition(revision.taskDefinitionArn));
}

/** ROLLBACK works in every stage and, repeated, changes nothing; ABORT leaves the tasks as they are. */
function stopServiceDeployment(
  { registry, scheduler }: OperationContext,
  { serviceDeploymentArn, stopType = 'ROLLBACK' }: Input<'StopServiceDeployment'>,
): { serviceDeploymentArn: string } {
  const { service, deployment } = registry.deployment(serviceDeploymentArn);
  if (isFinal(deployment.status)) {
    throw new EcsError('ConflictException', `Service deployment ${deployment.id} has ended: ${deployment.status}.`);
  }
  scheduler.change(service, (change) => {
    const active = activeDeployment(change.service);
    if (!active || (stopType === 'ROLLBACK' && active.rollback)) return;
    const reason = 'Service deployment rolled back because of a user request.';
    if (stopType === 'ROLLBACK') rollBack(change, active, reason, 'ECS deployment stopped by user');
    else stop(change, active, 'Service deployment was stopped by a user request.');
  });
  return { serviceDeploymentArn };
}

function continueServiceDeployment(
  { registry, scheduler }: OperationContext,
  { serviceDeploymentArn, hookId, action = 'CONTINUE' }: Input<'ContinueServiceDeployment'>,
): { serviceDeploymentArn: string } {
  const { service, deployment } = registry.deployment(serviceDeploymentArn);
  const known = deployment.hooks.find((hook) => hook.id === hookId);
  if (known?.status !== 'AWAITING_ACTION') {
    const state = known ? `is ${known.status}, not AWAITING_ACTION` : 'does not exist';
    throw new EcsError('InvalidParameterException', `Hook ${hookId} of service deployment ${deployment.id} ${state}.`);
  }
  scheduler.change(service, (change) => {
    const active = activeDeployment(change.service);
    const hook = active?.hooks.find((one) => one.id === hookId);
    if (active && hook) resolveHook(change, active, hook, action === 'CONTINUE' ? 'SUCCEEDED' : 'FAILED');
  });
  return { serviceDeploymentArn };
}
