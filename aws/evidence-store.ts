import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { TelemetryReport } from '#mesh/wire/report.ts';
import { type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import type { LatencyTerms } from '#rollouts/latency-evidence.ts';
import type { Clock, EvidenceStore, SidecarEvidence } from '#rollouts/ports.ts';
import { isWritten } from './is-written.ts';
import { itemsOf } from './items-of.ts';
import { evidenceKey, rolloutPartition } from './keys.ts';
import { KEPT_SECONDS } from './rollout-store.ts';
import type { Table } from './table.ts';

/** Two copies of the telemetry function may hold reports of one sidecar; the loser reads again. */
const ATTEMPTS = 5;

/** Raised when one sidecar's reports keep overtaking each other; the message may be delivered again. */
export class EvidenceContendedError extends Error {
  override readonly name = 'EvidenceContended';
}

/** Evidence in the one table: one item a sidecar, overwritten only by a higher `seq` than the one it was folded from. */
export function evidenceStore(
  { client, name: TableName }: Table,
  now: Clock = Date.now,
): EvidenceStore & {
  /** False when the report was a duplicate or late. `latency` is how the rollout's policy judges it, if it does. */
  fold(proxy: ProxyId, task: string, report: TelemetryReport, latency?: LatencyTerms): Promise<boolean>;
} {
  async function attempt(
    proxy: string,
    task: string,
    report: TelemetryReport,
    latency: LatencyTerms | undefined,
  ): Promise<boolean | undefined> {
    const Key = evidenceKey(report.rollout, proxy, task);
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    const before = (Item?.['evidence'] as Evidence | undefined) ?? noEvidence;
    const evidence = foldReport(before, report, latency);
    if (evidence === before) return false;
    const put = new PutCommand({
      TableName,
      Item: { ...Key, proxy, task, seq: evidence.seq, evidence, ttl: Math.floor(now() / 1000) + KEPT_SECONDS },
      ConditionExpression: 'attribute_not_exists(pk) OR seq = :read',
      ExpressionAttributeValues: { ':read': before.seq },
    });
    return (await isWritten(client.send(put))) ? true : undefined;
  }

  return {
    async fold(proxy, task, report, latency) {
      for (let tries = 0; tries < ATTEMPTS; tries++) {
        const isNew = await attempt(proxyKey(proxy), task, report, latency);
        if (isNew !== undefined) return isNew;
      }
      throw new EvidenceContendedError(
        `evidence of task ${task} for ${report.rollout} was overtaken ${ATTEMPTS} times`,
      );
    },

    async all(rollout) {
      const items = await itemsOf({ client, name: TableName }, rolloutPartition(rollout), 'EVIDENCE#');
      return (items as unknown as readonly SidecarEvidence[]).map(({ proxy, task, evidence }) => ({
        proxy,
        task,
        evidence,
      }));
    },
  };
}

/** Adds reports of sidecars to the evidence; false when one was a duplicate. Call `judgeRollout` after a batch. */
export function foldTelemetry(
  items: Table,
  latencyOf: (rollout: string) => Promise<LatencyTerms | undefined>,
): (proxy: ProxyId, task: string, report: TelemetryReport) => Promise<boolean> {
  const evidence = evidenceStore(items);
  return async (proxy, task, report) => evidence.fold(proxy, task, report, await latencyOf(report.rollout));
}
