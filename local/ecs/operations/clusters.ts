import { lastSegment } from '../arns.ts';
import { type Described, describeCluster } from '../describe.ts';
import { EcsError } from '../ecs-error.ts';
import type { Operation } from '../json-protocol.ts';
import { pageOf } from '../pages.ts';
import { missing, type OperationContext, operation } from './context.ts';

/** CreateCluster, DeleteCluster, DescribeClusters and ListClusters: a cluster is only a name here. */
export function clusterOperations(context: OperationContext): (readonly [string, Operation])[] {
  const { registry, arns } = context;
  return [
    operation('CreateCluster', ({ clusterName = 'default' }) => {
      registry.clusters.add(clusterName);
      return { cluster: describe(context, clusterName) };
    }),
    operation('DeleteCluster', (input) => {
      const cluster = registry.cluster(input.cluster);
      if (registry.services().some((one) => one.cluster === cluster && one.status !== 'INACTIVE')) {
        throw new EcsError('ClusterContainsServicesException', `Cluster ${cluster} still contains services.`);
      }
      registry.clusters.delete(cluster);
      return { cluster: { ...describe(context, cluster), status: 'INACTIVE' } };
    }),
    operation('DescribeClusters', ({ clusters = ['default'] }) => {
      const names = clusters.map(lastSegment);
      return {
        clusters: names.filter((name) => registry.clusters.has(name)).map((name) => describe(context, name)),
        failures: names.filter((name) => !registry.clusters.has(name)).map((name) => missing(arns.cluster(name))),
      };
    }),
    operation('ListClusters', (input) => {
      const { items, ...token } = pageOf([...registry.clusters].map(arns.cluster), input);
      return { clusterArns: items, ...token };
    }),
  ];
}

function describe({ registry, arns }: OperationContext, name: string): Described {
  const records = [...registry.tasks.values()].map(({ record }) => record);
  return describeCluster(arns, name, registry.services(), records);
}
