import * as v from 'valibot';
import { EcsError } from './ecs-error.ts';

const text = v.string();
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const texts = v.array(text);
const page = { nextToken: v.optional(text), maxResults: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))) };

/** API_ContainerDefinition: up to 255 letters, digits, underscores and hyphens; a family likewise. */
const name = v.pipe(text, v.regex(/^[\w-]{1,255}$/, 'must be 1–255 letters, digits, _ or -'));

/** API_Tag: letters, digits, spaces and + - = . _ : / @, whatever the script. */
const taggable = (most: number) =>
  v.pipe(text, v.maxLength(most), v.regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, 'has a character a tag cannot have'));
const tag = v.looseObject({ key: v.pipe(taggable(128), v.minLength(1)), value: v.optional(taggable(256)) });

const healthCheck = v.looseObject({
  command: v.pipe(
    v.array(text),
    v.minLength(2),
    v.check((command) => command[0] === 'CMD' || command[0] === 'CMD-SHELL', 'must start with CMD or CMD-SHELL'),
  ),
  interval: v.optional(v.pipe(v.number(), v.gtValue(0))),
  timeout: v.optional(v.pipe(v.number(), v.gtValue(0))),
  retries: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))),
  startPeriod: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(300))),
});

const container = v.looseObject({
  name,
  image: v.pipe(text, v.minLength(1)),
  essential: v.optional(v.boolean()),
  environment: v.optional(v.array(v.looseObject({ name: text, value: v.optional(text) }))),
  entryPoint: v.optional(texts),
  command: v.optional(texts),
  cpu: v.optional(v.number()),
  dockerLabels: v.optional(v.record(text, text)),
  dependsOn: v.optional(
    v.array(v.looseObject({ containerName: name, condition: v.picklist(['START', 'HEALTHY', 'COMPLETE', 'SUCCESS']) })),
  ),
  healthCheck: v.optional(healthCheck),
  startTimeout: v.optional(v.pipe(v.number(), v.gtValue(0))),
  /** ECS takes whole seconds up to 120 on Fargate. */
  stopTimeout: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(120))),
});

const deploymentConfiguration = v.looseObject({
  strategy: v.optional(v.picklist(['ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY'])),
  minimumHealthyPercent: v.optional(count),
  maximumPercent: v.optional(count),
  bakeTimeInMinutes: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1440))),
  deploymentCircuitBreaker: v.optional(
    v.looseObject({
      enable: v.boolean(),
      rollback: v.boolean(),
      resetOnHealthyTask: v.optional(v.boolean()),
      thresholdConfiguration: v.optional(
        v.looseObject({
          type: v.picklist(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT']),
          value: v.pipe(v.number(), v.integer(), v.minValue(1)),
        }),
      ),
    }),
  ),
  lifecycleHooks: v.optional(
    v.array(
      v.looseObject({
        targetType: v.optional(v.picklist(['AWS_LAMBDA', 'PAUSE'])),
        lifecycleStages: v.optional(texts),
        timeoutConfiguration: v.optional(
          v.looseObject({
            timeoutInMinutes: v.optional(v.pipe(v.number(), v.integer())),
            action: v.optional(v.picklist(['CONTINUE', 'ROLLBACK'])),
          }),
        ),
      }),
    ),
  ),
});

const service = {
  cluster: v.optional(text),
  desiredCount: v.optional(count),
  deploymentConfiguration: v.optional(deploymentConfiguration),
  deploymentController: v.optional(v.looseObject({ type: text })),
  loadBalancers: v.optional(v.array(v.unknown())),
  serviceRegistries: v.optional(v.array(v.unknown())),
  serviceConnectConfiguration: v.optional(v.looseObject({ enabled: v.boolean() })),
};

/** What each operation accepts; members this engine does not know pass through unread. */
export const requests = {
  CreateCluster: v.looseObject({ clusterName: v.optional(name) }),
  DeleteCluster: v.looseObject({ cluster: text }),
  DescribeClusters: v.looseObject({ clusters: v.optional(texts) }),
  ListClusters: v.looseObject(page),
  RegisterTaskDefinition: v.looseObject({
    family: name,
    containerDefinitions: v.pipe(v.array(container), v.minLength(1)),
    taskRoleArn: v.optional(text),
    cpu: v.optional(text),
    memory: v.optional(text),
    tags: v.optional(v.array(v.looseObject({ key: text, value: v.optional(text) }))),
  }),
  DeregisterTaskDefinition: v.looseObject({ taskDefinition: text }),
  DescribeTaskDefinition: v.looseObject({ taskDefinition: text, include: v.optional(texts) }),
  ListTaskDefinitions: v.looseObject({
    familyPrefix: v.optional(text),
    status: v.optional(text),
    sort: v.optional(v.picklist(['ASC', 'DESC'])),
    ...page,
  }),
  CreateService: v.looseObject({
    ...service,
    serviceName: name,
    taskDefinition: text,
    schedulingStrategy: v.optional(text),
  }),
  UpdateService: v.looseObject({
    ...service,
    service: text,
    taskDefinition: v.optional(text),
    forceNewDeployment: v.optional(v.boolean()),
  }),
  DeleteService: v.looseObject({ cluster: v.optional(text), service: text, force: v.optional(v.boolean()) }),
  DescribeServices: v.looseObject({
    cluster: v.optional(text),
    services: v.pipe(texts, v.minLength(1), v.maxLength(10)),
    include: v.optional(texts),
  }),
  ListServices: v.looseObject({ cluster: v.optional(text), ...page }),
  ListTasks: v.looseObject({
    cluster: v.optional(text),
    family: v.optional(text),
    serviceName: v.optional(text),
    startedBy: v.optional(text),
    desiredStatus: v.optional(v.picklist(['RUNNING', 'PENDING', 'STOPPED'])),
    ...page,
  }),
  DescribeTasks: v.looseObject({ cluster: v.optional(text), tasks: v.pipe(texts, v.minLength(1), v.maxLength(100)) }),
  RunTask: v.looseObject({
    cluster: v.optional(text),
    taskDefinition: text,
    count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))),
    startedBy: v.optional(text),
    group: v.optional(text),
  }),
  StopTask: v.looseObject({ cluster: v.optional(text), task: text, reason: v.optional(text) }),
  ListServiceDeployments: v.looseObject({
    cluster: v.optional(text),
    service: text,
    status: v.optional(texts),
    ...page,
  }),
  DescribeServiceDeployments: v.looseObject({
    serviceDeploymentArns: v.pipe(texts, v.minLength(1), v.maxLength(20)),
  }),
  DescribeServiceRevisions: v.looseObject({ serviceRevisionArns: v.pipe(texts, v.minLength(1), v.maxLength(20)) }),
  StopServiceDeployment: v.looseObject({
    serviceDeploymentArn: text,
    stopType: v.optional(v.picklist(['ROLLBACK', 'ABORT'])),
  }),
  ContinueServiceDeployment: v.looseObject({
    serviceDeploymentArn: text,
    hookId: text,
    action: v.optional(v.picklist(['CONTINUE', 'ROLLBACK'])),
  }),
  TagResource: v.looseObject({ resourceArn: text, tags: v.pipe(v.array(tag), v.minLength(1)) }),
  UntagResource: v.looseObject({ resourceArn: text, tagKeys: v.pipe(texts, v.minLength(1)) }),
  ListTagsForResource: v.looseObject({ resourceArn: text }),
};

/** The operations this engine has. */
export type OperationName = keyof typeof requests;

/** The checked input of an operation. */
export type Input<Name extends OperationName> = v.InferOutput<(typeof requests)[Name]>;

/** Checks an operation's input; throws InvalidParameterException naming the first offending member. */
export function checked<Name extends OperationName>(operation: Name, input: unknown): Input<Name> {
  const result = v.safeParse(requests[operation], input);
  if (result.success) return result.output as Input<Name>;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? 'request';
  throw new EcsError('InvalidParameterException', `${path}: ${issue.message}`);
}
