import {
  type DeploymentConfiguration,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  type Service,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { meshedTaskDefinition } from '../proxy-of-task.ts';
import type { CallerCredentials } from './caller.ts';

export type { DeploymentConfiguration };

/** An ECS service, as far as it matters how its deployments are made. */
export interface EcsService {
  readonly arn: string;
  /** `ACTIVE`, `DRAINING` or `INACTIVE`. */
  readonly status: string;
  /** `ECS`, `CODE_DEPLOY` or `EXTERNAL`. */
  readonly controller: string;
  /** `REPLICA` or `DAEMON`. */
  readonly scheduling: string;
  /** `FARGATE`, `EC2`, or `EXTERNAL` on ECS Anywhere; absent with a capacity provider. */
  readonly launchType?: string;
  /** What of ECS's own sends it traffic, in ECS's words: `loadBalancers`, `serviceRegistries` … */
  readonly trafficBy: readonly string[];
  readonly isDeploying: boolean;
  readonly configuration: DeploymentConfiguration;
  readonly tags: Readonly<Record<string, string>>;
  /** Who its tasks are in a mesh; absent when the task definition says nothing of one. */
  readonly proxy?: ProxyId;
}

/** The services of ECS, with the caller's own rights. Everything rejects as ECS does. */
export interface EcsServices {
  /** By name or ARN; `undefined` when the cluster has none of that name. */
  readonly describe: (cluster: string, service: string) => Promise<EcsService | undefined>;
  readonly configure: (service: EcsService, configuration: DeploymentConfiguration) => Promise<void>;
  readonly tag: (service: EcsService, tags: Readonly<Record<string, string>>) => Promise<void>;
  readonly untag: (service: EcsService, keys: readonly string[]) => Promise<void>;
}

/** Where ECS is asked, and as whom; `endpoint` only for another ECS than AWS's. */
export interface EcsAccess {
  readonly region: string;
  readonly credentials: CallerCredentials;
  readonly endpoint?: string;
}

/** ECS as the caller sees it. */
export function ecsServices({ region, credentials, endpoint }: EcsAccess): EcsServices {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const client = new ECSClient({ region, credentials: keys, ...(endpoint !== undefined && { endpoint }) });
  return {
    describe: (cluster, service) => describe(client, cluster, service),
    configure: async ({ arn }, deploymentConfiguration) => {
      await client.send(new UpdateServiceCommand({ ...placeOf(arn), deploymentConfiguration }));
    },
    tag: async ({ arn }, tags) => {
      const pairs = Object.entries(tags).map(([key, value]) => ({ key, value }));
      if (pairs.length > 0) await client.send(new TagResourceCommand({ resourceArn: arn, tags: pairs }));
    },
    untag: async ({ arn }, tagKeys) => {
      if (tagKeys.length > 0) await client.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...tagKeys] }));
    },
  };
}

async function describe(client: ECSClient, cluster: string, service: string): Promise<EcsService | undefined> {
  const command = new DescribeServicesCommand({ cluster, services: [service], include: ['TAGS'] });
  const [found] = (await client.send(command)).services ?? [];
  if (found?.serviceArn === undefined) return undefined;
  const definition = new DescribeTaskDefinitionCommand({ taskDefinition: found.taskDefinition });
  const { taskDefinition } = await client.send(definition);
  return describedOf(found, meshedTaskDefinition(taskDefinition, found.serviceArn.split(':')[4] ?? '')?.proxy);
}

function describedOf(found: Service, proxy: ProxyId | undefined): EcsService {
  const { deployments = [], tags = [] } = found;
  return {
    arn: found.serviceArn ?? '',
    status: found.status ?? '',
    controller: found.deploymentController?.type ?? 'ECS',
    scheduling: found.schedulingStrategy ?? 'REPLICA',
    ...(found.launchType === undefined ? {} : { launchType: found.launchType }),
    trafficBy: trafficBy(found),
    isDeploying: deployments.length > 1 || deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS'),
    configuration: found.deploymentConfiguration ?? {},
    tags: Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value])),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

/** Service Connect and VPC Lattice belong to a deployment; the primary one says what the service has now. */
function trafficBy({ loadBalancers = [], serviceRegistries = [], deployments = [] }: Service): readonly string[] {
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  const present = {
    loadBalancers: loadBalancers.length > 0,
    serviceRegistries: serviceRegistries.length > 0,
    serviceConnectConfiguration: primary?.serviceConnectConfiguration?.enabled === true,
    vpcLatticeConfigurations: (primary?.vpcLatticeConfigurations ?? []).length > 0,
  };
  return Object.entries(present).flatMap(([name, isThere]) => (isThere ? [name] : []));
}

/** `…:service/<cluster>/<name>`. */
function placeOf(arn: string): { cluster: string; service: string } {
  const [cluster = '', service = ''] = arn.split('/').slice(-2);
  return { cluster, service };
}
