import { lastSegment } from '../arns.ts';
import { type Described, isPending } from '../described.ts';
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
  const tasks = [...registry.tasks.values()].map(({ record }) => record).filter((task) => task.cluster === name);
  return {
    clusterArn: arns.cluster(name),
    clusterName: name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    activeServicesCount: registry.services().filter((one) => one.cluster === name && one.status === 'ACTIVE').length,
    runningTasksCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter(isPending).length,
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}
