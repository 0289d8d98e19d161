import * as v from 'valibot';
import { ecs } from '#aws/clients-ecs.ts';
import { stepFunctions } from '#aws/clients-sfn.ts';
import { readConfig } from '#aws/config.ts';
import { deployments } from '#aws/ecs.ts';
import { executions } from '#aws/executions.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { type HealPorts, healProxies } from './heal-proxies.ts';

const ProxyIdSchema = v.object({
  owner: v.string(),
  mesh: v.string(),
  kind: v.picklist(['vn', 'vg']),
  name: v.string(),
});

const Input = v.variant('action', [
  v.strictObject({ rolloutId: v.string(), action: v.literal('start') }),
  v.strictObject({
    rolloutId: v.string(),
    action: v.picklist(['resend', 'stop', 'close']),
    healId: v.string(),
    sidecar: v.object({ proxy: ProxyIdSchema, task: v.string(), rev: v.number() }),
  }),
]);

function wiring(): HealPorts {
  const items = table();
  const sidecars = proxyStore(items);
  return {
    rollouts: rolloutStore(items),
    sidecars,
    push: publisher(),
    deployments: deployments(ecs),
    executions: executions(stepFunctions, readConfig()),
    clusterOf: async (proxy, id) => (await sidecars.task(proxy, id))?.cluster,
    now: Date.now,
  };
}

export const handler = task(Input, healProxies(wiring()));
