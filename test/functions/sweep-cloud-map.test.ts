import { expect, test } from 'vitest';
import type { ProxyItems } from '#aws/proxy-items.ts';
import type { CloudMapInstance } from '#mesh/model/cloud-map-instance.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { sweepCloudMap } from '../../functions/sweep/sweep-cloud-map.ts';
import { meshView, OWNER } from '../support/mesh-view.ts';

const view = meshView(`
resources:
  virtualNode/mapped: { serviceDiscovery: { awsCloudMap: { namespaceName: ns, serviceName: mapped } } }
  virtualNode/named: { serviceDiscovery: { dns: { hostname: named.local } } }
`);
const front: ProxyId = { owner: OWNER, mesh: 'shop', kind: 'vn', name: 'front' };
const nobody: ProxyItems = { tasks: [], sidecars: new Map() };

/** One sweep over instances that are there; everything it does is a line. */
async function swept(instances: () => Promise<readonly CloudMapInstance[]>, isNews: boolean, items = nobody) {
  const done: string[] = [];
  const noting = async <T>(line: string, answer: T) => {
    done.push(line);
    return answer;
  };
  await sweepCloudMap(
    {
      items: async () => items,
      cloudMap: {
        discover: ({ serviceName }) => {
          done.push(`look up ${serviceName}`);
          return instances();
        },
      },
      store: { keep: ({ name }, found) => noting(`keep ${found.length} of ${name}`, isNews) },
      publisher: {
        clientsOf: ({ name }) => noting(`clients of ${name}`, [front]),
        push: (proxies) => noting(`push to ${proxies.map(({ name }) => name)}`, []),
      },
    },
    view,
    (what, work) =>
      work().then(
        () => {},
        () => void done.push(`failed: ${what}`),
      ),
  );
  return done;
}

test('clients of a node hear of its new instances, nobody of the same ones', async () => {
  const one = async () => [{ id: 'i-1', ipv4: '10.0.0.1', attributes: {} }];
  expect(await swept(one, true)).toEqual(['look up mapped', 'keep 1 of mapped', 'clients of mapped', 'push to front']);
  expect(await swept(one, false)).toEqual(['look up mapped', 'keep 1 of mapped']);
});

test('a look that fails keeps the instances that were known', async () => {
  const failing = () => Promise.reject(new Error('throttled'));
  expect(await swept(failing, true)).toEqual(['look up mapped', 'failed: Cloud Map instances of mapped of shop']);
});

test('a node with tasks of ours that can be reached is not looked up', async () => {
  const items = {
    tasks: [
      {
        ...{
          task: 't',
          proxy: { ...front, name: 'mapped' },
          deployment: 'ecs-svc/1',
          interception: 'transparent' as const,
        },
        ...{
          lastStatus: 'RUNNING',
          desiredStatus: 'RUNNING',
          version: 1,
          cluster: 'c',
          startedAt: 0,
          address: '10.0.0.9',
        },
      },
    ],
    sidecars: new Map([['t', { task: 't', appliedRev: 1, hash: '', ready: true, at: 1, agent: '', envoy: '' }]]),
  };
  expect(await swept(async () => [], true, items)).toEqual([]);
});
