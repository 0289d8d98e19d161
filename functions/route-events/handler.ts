import { ecs } from '#aws/clients-ecs.ts';
import { stepFunctions } from '#aws/clients-sfn.ts';
import { readConfig } from '#aws/config.ts';
import { describeServiceDeployment } from '#aws/ecs.ts';
import { executions } from '#aws/executions.ts';
import { taskDefinitions } from '#aws/proxy-of-task.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { promotedRollouts, recordFact, runningRollouts, waitingRollouts } from '#aws/rollout-store.ts';
import { services } from '#aws/services.ts';
import { splitStore } from '#aws/split-store.ts';
import { startRollout } from '#aws/start-rollout.ts';
import { log, subscriber } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { wake } from '#aws/wake.ts';
import { type RouteEventsPorts, routeEvents } from './route-events.ts';

function wiring(): RouteEventsPorts {
  const items = table();
  return {
    taskDefinition: taskDefinitions(ecs),
    proxies: proxyStore(items),
    splits: splitStore(items),
    push: publisher(),
    services: services(ecs),
    describe: (serviceDeployment) => describeServiceDeployment(ecs, serviceDeployment),
    startRollout,
    waiting: waitingRollouts,
    running: runningRollouts,
    promoted: promotedRollouts,
    executions: executions(stepFunctions, readConfig()),
    recordFact,
    wake,
    now: Date.now,
    log,
  };
}

export const handler = subscriber(routeEvents(wiring()));
