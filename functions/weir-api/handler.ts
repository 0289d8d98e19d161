import { ecs } from '#aws/clients-ecs.ts';
import { stepFunctions } from '#aws/clients-sfn.ts';
import { readConfig } from '#aws/config.ts';
import { deployments, primaryDeployment } from '#aws/ecs.ts';
import { evidenceStore } from '#aws/evidence-store.ts';
import { executions } from '#aws/executions.ts';
import { route } from '#aws/http.ts';
import { weirErrors } from '#aws/http-errors.ts';
import { intentStore } from '#aws/intent-store.ts';
import { listFindings } from '#aws/list-findings.ts';
import { listProxies } from '#aws/list-proxies.ts';
import { loadDeclaredMesh } from '#aws/mesh-view.ts';
import { policyStore } from '#aws/policy-store.ts';
import { taskDefinitions } from '#aws/proxy-of-task.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { splitStore } from '#aws/split-store.ts';
import { moveStarter } from '#aws/start-move.ts';
import { startRollout } from '#aws/start-rollout.ts';
import { table } from '#aws/table.ts';
import { wake } from '#aws/wake.ts';
import { type WeirApiPorts, weirApi } from './weir-api.ts';

function wiring(): WeirApiPorts {
  const items = table();
  return {
    rollouts: rolloutStore(items),
    evidence: evidenceStore(items),
    policies: policyStore(items),
    splits: splitStore(items),
    proxies: (owner, mesh) => listProxies(items, owner, mesh),
    findings: (mesh) => listFindings(items, readConfig(), mesh),
    primary: (service) => primaryDeployment(ecs, service),
    taskDefinition: taskDefinitions(ecs),
    start: startRollout,
    declared: async (mesh) => (await loadDeclaredMesh(items, readConfig().owner, mesh)).resources,
    policyFor: (node) => policyStore(items).get(node),
    move: moveStarter({
      rollouts: rolloutStore(items),
      executions: executions(stepFunctions, readConfig()),
      now: Date.now,
    }),
    deployments: deployments(ecs),
    intents: intentStore(items),
    executions: executions(stepFunctions, readConfig()),
    wake,
    owner: readConfig().owner,
    now: Date.now,
  };
}

export const handler = route(weirErrors, weirApi(wiring()));
