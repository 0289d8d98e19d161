import { serviceDiscovery } from '#aws/clients-cloud-map.ts';
import { ecs } from '#aws/clients-ecs.ts';
import { stepFunctions } from '#aws/clients-sfn.ts';
import { cloudMap } from '#aws/cloud-map.ts';
import { cloudMapStore } from '#aws/cloud-map-store.ts';
import { readConfig } from '#aws/config.ts';
import { declaredRoutes } from '#aws/declared-routes.ts';
import { deployments } from '#aws/ecs.ts';
import { executionStatus } from '#aws/execution-status.ts';
import { executions } from '#aws/executions.ts';
import { findTasks } from '#aws/find-tasks.ts';
import { meshApiStore } from '#aws/mesh-api-store.ts';
import { loadDeclaredMeshes } from '#aws/mesh-view.ts';
import { noticeDeployment } from '#aws/notice-deployment.ts';
import { noticeTask } from '#aws/notice-task.ts';
import { outbox } from '#aws/outbox.ts';
import { taskDefinitions } from '#aws/proxy-of-task.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { revisionStore } from '#aws/revision-store.ts';
import { recordFact, runningRollouts, waitingRollouts } from '#aws/rollout-store.ts';
import { services } from '#aws/services.ts';
import { splitStore } from '#aws/split-store.ts';
import { startRollout } from '#aws/start-rollout.ts';
import { log, subscriber } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { seeTasks } from '#aws/tasks.ts';
import { wake } from '#aws/wake.ts';
import { type SweepPorts, sweep } from './sweep.ts';

function wiring(): SweepPorts {
  const items = table();
  const config = readConfig();
  const push = publisher();
  const started = services(ecs);
  const proxies = proxyStore(items);
  const splits = splitStore(items);
  const now = Date.now;
  return {
    meshes: () => loadDeclaredMeshes(items, config.owner),
    outbox: outbox(items),
    items: proxies.items,
    cloudMap: cloudMap(serviceDiscovery),
    store: cloudMapStore(items),
    seeTasks: seeTasks(ecs),
    findTasks: findTasks(ecs, taskDefinitions(ecs)),
    deployments: deployments(ecs),
    noticeTask: noticeTask({ proxies, splits, push, waiting: waitingRollouts, wake, now }),
    revisions: revisionStore(items),
    publisher: push,
    services: started,
    notice: noticeDeployment({
      services: started,
      taskDefinition: taskDefinitions(ecs),
      splits,
      push,
      startRollout,
      recordFact,
      wake,
      now,
    }),
    running: runningRollouts,
    recordFact,
    routes: declaredRoutes(items, meshApiStore()),
    executionStatus: (rollout) => executionStatus(stepFunctions, config.canaryArn, rollout),
    repairStatus: (name) => executionStatus(stepFunctions, config.healArn, name),
    executions: executions(stepFunctions, config),
    wake,
    now,
    log,
  };
}

const ports = wiring();

export const handler = subscriber(() => sweep(ports), 1);
