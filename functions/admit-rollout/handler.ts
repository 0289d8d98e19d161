import * as v from 'valibot';
import { alarms } from '#aws/alarms.ts';
import { announcer } from '#aws/announcer.ts';
import { cloudWatch } from '#aws/clients-cloudwatch.ts';
import { ecs } from '#aws/clients-ecs.ts';
import { eventBridge } from '#aws/clients-eventbridge.ts';
import { deployments } from '#aws/ecs.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { serviceLock } from '#aws/service-lock.ts';
import { splitStore } from '#aws/split-store.ts';
import { log } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { task } from '#aws/task.ts';
import { trafficShift } from '#aws/traffic-shift.ts';
import { wake } from '#aws/wake.ts';
import { type AdmitPorts, admitRollout } from './admit-rollout.ts';

function wiring(): AdmitPorts {
  const items = table();
  const [splits, sidecars] = [splitStore(items), proxyStore(items)];
  return {
    rollouts: rolloutStore(items),
    deployments: deployments(ecs),
    lock: serviceLock(items),
    splits,
    sidecars,
    traffic: trafficShift(),
    alarms: alarms(cloudWatch),
    announcer: announcer(eventBridge, log),
    wake,
    now: Date.now,
  };
}

export const handler = task(v.strictObject({ rolloutId: v.string() }), admitRollout(wiring()));
