import {
  DiscoverInstancesCommand,
  type HttpInstanceSummary,
  NamespaceNotFound,
  type ServiceDiscoveryClient,
  ServiceNotFound,
} from '@aws-sdk/client-servicediscovery';
import type { CloudMapInstance } from '#mesh/model/cloud-map-instance.ts';
import type { AwsCloudMapServiceDiscovery } from '#mesh/model/spec.gen.ts';

/** The registry that virtual nodes with `awsCloudMap` are found in. */
export interface CloudMap {
  /** Healthy instances with every attribute the node asks for, sorted; none of a service or namespace that does not exist. */
  discover(place: AwsCloudMapServiceDiscovery): Promise<readonly CloudMapInstance[]>;
}

/** The most that DiscoverInstances answers; it has no pages. */
const MOST_INSTANCES = 1000;

/** AWS Cloud Map by DiscoverInstances, which filters by attribute itself. */
export function cloudMap(client: Pick<ServiceDiscoveryClient, 'send'>): CloudMap {
  return {
    async discover({ namespaceName, serviceName, attributes = [] }) {
      const wanted = Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
      const command = new DiscoverInstancesCommand({
        NamespaceName: namespaceName,
        ServiceName: serviceName,
        MaxResults: MOST_INSTANCES,
        HealthStatus: 'HEALTHY',
        ...(attributes.length > 0 && { QueryParameters: wanted }),
      });
      const answer = await client.send(command).catch((error: unknown) => {
        if (error instanceof NamespaceNotFound || error instanceof ServiceNotFound) return { Instances: [] };
        throw error;
      });
      const instances = (answer.Instances ?? []).map((instance) => read(instance, Object.keys(wanted)));
      return instances.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}

/** Cloud Map's own attributes (docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html), and the ones asked for. */
function read({ InstanceId = '', Attributes = {} }: HttpInstanceSummary, keys: readonly string[]): CloudMapInstance {
  const ipv4 = Attributes['AWS_INSTANCE_IPV4'];
  const ipv6 = Attributes['AWS_INSTANCE_IPV6'];
  const zone = Attributes['AVAILABILITY_ZONE'];
  const asked = keys.flatMap((key) => (Attributes[key] === undefined ? [] : [[key, Attributes[key]] as const]));
  return {
    id: InstanceId,
    ...(ipv4 !== undefined && { ipv4 }),
    ...(ipv6 !== undefined && { ipv6 }),
    ...(zone !== undefined && { zone }),
    attributes: Object.fromEntries(asked),
  };
}
