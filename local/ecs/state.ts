import type {
  Compatibility,
  ContainerDefinition,
  DeploymentConfiguration,
  RegisterTaskDefinitionRequest,
  ServiceDeploymentLifecycleStage,
  ServiceDeploymentStatus,
  TaskStopCode,
} from '@aws-sdk/client-ecs';

/** A container definition that passed registration: it has a name and an image. */
export type RegisteredContainer = ContainerDefinition & { name: string; image: string };

/** A registered task definition revision; immutable but for `status`. */
export type TaskDefinitionRecord = Omit<RegisterTaskDefinitionRequest, 'containerDefinitions' | 'tags'> & {
  taskDefinitionArn: string;
  family: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  containerDefinitions: RegisteredContainer[];
  compatibilities: Compatibility[];
  /** Milliseconds since the epoch, as every time in this file. */
  registeredAt: number;
};

/** A service revision: what one `ecs-svc/<id>` deployment runs, and how its tasks fared. */
export type Revision = {
  /** Digits shared by the revision's ARN and `startedBy` of its tasks. */
  id: string;
  taskDefinitionArn: string;
  createdAt: number;
  updatedAt: number;
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutStateReason: string;
  /** Failed tasks as the circuit breaker counts them. */
  failedTasks: number;
  /** Consecutive failures since a task was last healthy: drives the restart back-off. */
  crashes: number;
  lastFailureAt: number;
  /** No task of this revision is started before this time. */
  retryAt: number;
  /** Whether SERVICE_TASK_START_IMPAIRED was already sent for the current run of failures. */
  impaired: boolean;
};

/** A blue/green stage; the SDK's type of the described stage lacks one that its hook stages and the API have. */
export type Stage = ServiceDeploymentLifecycleStage | 'PRE_PRODUCTION_TRAFFIC_SHIFT';

/** One PAUSE hook that fired. */
export type Hook = {
  id: string;
  stage: Stage;
  status: 'AWAITING_ACTION' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  expiresAt: number;
  timeoutAction: 'CONTINUE' | 'ROLLBACK';
};

/** A service deployment, from PENDING to one of the four final states. */
export type ServiceDeployment = {
  id: string;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  createdAt: number;
  startedAt?: number;
  updatedAt: number;
  finishedAt?: number;
  stoppedAt?: number;
  /** Revisions that ran when it began, the stable one first; empty for the deployment that creates the service. */
  sources: string[];
  target: string;
  configuration: DeploymentConfiguration;
  stage?: Stage;
  stageSince: number;
  hooks: Hook[];
  breaker: { status: 'DISABLED' | 'MONITORING' | 'TRIGGERED' | 'MONITORING_COMPLETE'; failures: number };
  rollback?: { reason: string; startedAt: number; revision: string };
};

/** A service and everything ever deployed to it. */
export type Service = {
  name: string;
  cluster: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desiredCount: number;
  configuration: DeploymentConfiguration;
  /** Oldest first. */
  revisions: Revision[];
  /** Oldest first; only the last can be in progress. */
  deployments: ServiceDeployment[];
  /** The revision of the last deployment that succeeded: where a rollback goes. */
  stable?: string;
  /** The revision shown as PRIMARY. */
  primary: string;
  createdAt: number;
  /** Whether SERVICE_STEADY_STATE was sent since the service last left that state. */
  steady: boolean;
  /** What CreateService and UpdateService were given and only echo back: launchType, networkConfiguration, tags … */
  echo: Record<string, unknown>;
};

/** What the scheduler needs to know of a task. */
export type TaskView = {
  id: string;
  revision: string;
  desired: 'RUNNING' | 'STOPPED';
  stopped: boolean;
  /** When it counts, or will count, as healthy; absent while it is starting or failing its health checks. */
  healthyAt?: number;
  /** Its essential containers fail their health checks. */
  unhealthy: boolean;
};

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** A container of a task, as DescribeTasks, the task's events and its metadata show it. */
export type ContainerRecord = {
  definition: RegisteredContainer;
  arn: string;
  runtimeId: string;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  exitCode?: number;
  reason?: string;
  health: HealthStatus;
  startedAt?: number;
  finishedAt?: number;
};

/** A task, as DescribeTasks, its events and its metadata show it. */
export type TaskRecord = {
  id: string;
  arn: string;
  cluster: string;
  /** The service and revision that started it; absent for RunTask. */
  service?: string;
  revision?: string;
  startedBy?: string;
  group: string;
  definition: TaskDefinitionRecord;
  availabilityZone: string;
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  /** Rises with every event sent for the task. */
  version: number;
  attachment: { id: string; networkInterface: string; mac: string; subnet: string };
  address?: string;
  containers: ContainerRecord[];
  createdAt: number;
  updatedAt: number;
  connectivityAt?: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  healthyAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
  stopCode?: TaskStopCode;
  stoppedReason?: string;
};

/** The deployment that has not ended, if any. */
export function activeDeployment(service: Service): ServiceDeployment | undefined {
  const last = service.deployments.at(-1);
  return last && !isFinal(last.status) ? last : undefined;
}

/** Whether a service deployment in this status changes no more. */
export function isFinal(status: ServiceDeploymentStatus): boolean {
  return ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'].includes(status);
}

/** The strategy a configuration means; ECS's default is ROLLING. */
export function strategyOf(configuration: DeploymentConfiguration): 'ROLLING' | 'BLUE_GREEN' {
  return configuration.strategy === 'BLUE_GREEN' ? 'BLUE_GREEN' : 'ROLLING';
}

/** The revision with this id; every id stored in a service is one of its revisions'. */
export function revisionOf(service: Service, id: string): Revision {
  const revision = service.revisions.find((candidate) => candidate.id === id);
  if (!revision) throw new Error(`Service ${service.name} has no revision ${id}: its records are inconsistent.`);
  return revision;
}

/** Whether a task ended without being told to: what the circuit breaker and the restart throttle count. */
export function failedByItself({ stopCode }: TaskRecord): boolean {
  return stopCode === 'EssentialContainerExited' || stopCode === 'TaskFailedToStart';
}
