import { foldTelemetry } from '#aws/evidence-store.ts';
import { latencyTerms } from '#aws/latency-terms.ts';
import { proxyStore } from '#aws/proxy-store.ts';
import { publisher } from '#aws/publish.ts';
import { rolloutClients } from '#aws/rollout-clients.ts';
import { rolloutStore } from '#aws/rollout-store.ts';
import { log, queue } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { judgeRollout } from '#aws/verdict.ts';
import { type ReceiveTelemetryPorts, receiveTelemetry } from './receive-telemetry.ts';

function wiring(): ReceiveTelemetryPorts {
  const items = table();
  const rollouts = rolloutStore(items);
  return {
    proxies: proxyStore(items),
    isClient: rolloutClients(rollouts, publisher(), Date.now),
    fold: foldTelemetry(items, latencyTerms(rollouts)),
    judge: judgeRollout,
    log,
  };
}

export const handler = queue(receiveTelemetry(wiring()));
