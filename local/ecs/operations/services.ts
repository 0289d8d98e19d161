import { deploymentIdOf, lastSegment } from '../arns.ts';
import { beginDeployment } from '../deployment.ts';
import { mergedConfiguration } from '../deployment-configuration.ts';
import { describeService } from '../describe-service.ts';
import type { Described } from '../described.ts';
import { EcsError } from '../ecs-error.ts';
import type { Operation } from '../json-protocol.ts';
import { pageOf } from '../pages.ts';
import type { Input } from '../requests.ts';
import { drain } from '../service-scheduler.ts';
import { revisionOf, type Service } from '../state.ts';
import { missing, type OperationContext, operation } from './context.ts';

/** Members of CreateService and UpdateService that are stored and described, and have no effect here. */
const ECHOED = [
  'launchType',
  'platformVersion',
  'networkConfiguration',
  'capacityProviderStrategy',
  'healthCheckGracePeriodSeconds',
  'enableECSManagedTags',
  'propagateTags',
  'enableExecuteCommand',
  'availabilityZoneRebalancing',
  'tags',
] as const;

/** Those of them whose change makes ECS deploy a new revision. */
const DEPLOYED = ['launchType', 'platformVersion', 'networkConfiguration', 'capacityProviderStrategy'] as const;

/** CreateService, UpdateService, DeleteService, DescribeServices and ListServices. */
export function serviceOperations(context: OperationContext): (readonly [string, Operation])[] {
  const { registry, arns } = context;
  return [
    operation('CreateService', (input) => ({ service: describe(context, create(context, input)) })),
    operation('UpdateService', (input) => ({ service: describe(context, update(context, input)) })),
    operation('DeleteService', (input) => ({ service: describe(context, remove(context, input)) })),
    operation('DescribeServices', (input) => {
      const cluster = registry.cluster(input.cluster);
      const found = input.services.map((name) => registry.findService(cluster, name));
      return {
        services: found.flatMap((service) => (service ? [withTags(describe(context, service), input.include)] : [])),
        failures: input.services
          .filter((_, index) => !found[index])
          .map((name) => missing(arns.service(cluster, lastSegment(name)))),
      };
    }),
    operation('ListServices', (input) => {
      const cluster = registry.cluster(input.cluster);
      const own = registry.services().filter((one) => one.cluster === cluster && one.status === 'ACTIVE');
      const { items, ...token } = pageOf(
        own.map(({ name }) => arns.service(cluster, name)),
        input,
      );
      return { serviceArns: items, ...token };
    }),
  ];
}

/** Tags are shown to those who ask for them. */
function withTags({ tags, ...described }: Described, include: readonly string[] = []): Described {
  return include.includes('TAGS') ? { ...described, tags: tags ?? [] } : described;
}

function create({ registry, scheduler, now }: OperationContext, input: Input<'CreateService'>): Service {
  const cluster = registry.cluster(input.cluster);
  refuseUnsupported(input);
  const existing = registry.findService(cluster, input.serviceName);
  if (existing && existing.status !== 'INACTIVE') {
    const message = `Creation of service was not idempotent: ${input.serviceName} exists in ${cluster} (${existing.status}).`;
    throw new EcsError('InvalidParameterException', message);
  }
  const definition = registry.activeDefinition(input.taskDefinition);
  const service: Service = {
    name: input.serviceName,
    cluster,
    status: 'ACTIVE',
    desiredCount: input.desiredCount ?? 1,
    configuration: configurationOf(undefined, input),
    revisions: [],
    deployments: [],
    primary: '',
    createdAt: now(),
    steady: false,
    echo: echoOf(input),
  };
  return scheduler.change(service, (change) => void beginDeployment(change, definition.taskDefinitionArn));
}

/**
 * Applies an update. A new task definition, a changed network or platform, or `forceNewDeployment` deploys a new
 * revision and supersedes a deployment in progress; a changed count or deployment configuration only takes effect.
 */
function update({ registry, scheduler }: OperationContext, input: Input<'UpdateService'>): Service {
  const service = activeService(registry.service(registry.cluster(input.cluster), input.service));
  refuseUnsupported(input);
  const current = revisionOf(service, service.primary).taskDefinitionArn;
  const wanted = input.taskDefinition ? registry.activeDefinition(input.taskDefinition).taskDefinitionArn : current;
  const echo = { ...service.echo, ...echoOf(input) };
  const moved = DEPLOYED.some((name) => JSON.stringify(echo[name]) !== JSON.stringify(service.echo[name]));
  const configuration = configurationOf(service, input);
  return scheduler.change(service, (change) => {
    change.service.desiredCount = input.desiredCount ?? service.desiredCount;
    change.service.configuration = configuration;
    change.service.echo = echo;
    if (wanted !== current || moved || input.forceNewDeployment) beginDeployment(change, wanted);
  });
}

function remove({ registry, scheduler }: OperationContext, input: Input<'DeleteService'>): Service {
  const service = activeService(registry.service(registry.cluster(input.cluster), input.service));
  if (service.desiredCount > 0 && !input.force) {
    const message = `The service cannot be stopped while it is scaled above 0: ${service.name} is at ${service.desiredCount}.`;
    throw new EcsError('InvalidParameterException', message);
  }
  return scheduler.change(service, drain);
}

function activeService(service: Service): Service {
  if (service.status !== 'ACTIVE') {
    throw new EcsError('ServiceNotActiveException', `Service was not ACTIVE: ${service.name} is ${service.status}.`);
  }
  return service;
}

function configurationOf(service: Service | undefined, input: Input<'CreateService' | 'UpdateService'>) {
  type Given = Parameters<typeof mergedConfiguration>[1];
  return mergedConfiguration(service?.configuration, input.deploymentConfiguration as Given);
}

function echoOf(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(ECHOED.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])));
}

/** Local services are headless: traffic is Weir's business, so nothing here pretends to register targets. */
function refuseUnsupported(input: Input<'CreateService' | 'UpdateService'>): void {
  const { deploymentController, loadBalancers = [], serviceRegistries = [], serviceConnectConfiguration } = input;
  const unsupported = [
    deploymentController && deploymentController.type !== 'ECS' && `deploymentController ${deploymentController.type}`,
    loadBalancers.length > 0 && 'loadBalancers',
    serviceRegistries.length > 0 && 'serviceRegistries',
    serviceConnectConfiguration?.enabled && 'serviceConnectConfiguration',
    input['schedulingStrategy'] === 'DAEMON' && 'schedulingStrategy DAEMON',
  ].filter((one) => typeof one === 'string');
  if (unsupported.length === 0) return;
  throw new EcsError('UnsupportedFeatureException', `Local ECS does not support ${unsupported.join(', ')}.`);
}

function describe({ registry, arns }: OperationContext, service: Service): Described {
  const own = new Set(service.revisions.map(({ id }) => deploymentIdOf(id)));
  const tasks = registry.tasksOf(service).filter(({ record }) => own.has(record.startedBy ?? ''));
  return describeService(
    arns,
    service,
    tasks.map(({ record }) => record),
  );
}
