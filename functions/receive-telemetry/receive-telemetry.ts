import { PermanentError } from '#aws/permanent-error.ts';
import type { ProxyStore } from '#aws/proxy-store.ts';
import { type FollowUp, receiveEach } from '#aws/receive-each.ts';
import { telemetryReport } from '#aws/report-schemas.ts';
import { readSidecarMessage, type SidecarMessage } from '#aws/sidecar-message.ts';
import type { Log, Message } from '#aws/subscriber.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { TelemetryReport } from '#mesh/wire/report.ts';

/** What counts touch. */
export interface ReceiveTelemetryPorts {
  readonly proxies: Pick<ProxyStore, 'taskAt'>;
  /** Whether a proxy sends requests to the virtual node that a rollout is of. */
  readonly isClient: (rollout: string, proxy: ProxyId) => Promise<boolean>;
  /** Adds a report to the evidence, once. */
  readonly fold: (proxy: ProxyId, task: string, report: TelemetryReport) => Promise<boolean>;
  /** Judges a rollout by all its evidence and wakes it when it fails. */
  readonly judge: (rollout: string) => Promise<void>;
  readonly log: Log;
}

/** Counts of a proxy that does not take part in the rollout it names. */
export class NotAClientError extends PermanentError {
  override readonly name = 'NotAClient';
}

/** Adds each report to the evidence, then judges each rollout of the batch once; a repeated report is judged again too. */
export const receiveTelemetry =
  (ports: ReceiveTelemetryPorts) =>
  (messages: readonly Message[]): Promise<readonly string[]> =>
    receiveEach(messages, ({ body }) => receiveCounts(ports, readSidecarMessage(body, telemetryReport)), ports.log);

async function receiveCounts(
  { proxies, isClient, fold, judge }: ReceiveTelemetryPorts,
  { key, task: id, report }: SidecarMessage<TelemetryReport>,
): Promise<readonly FollowUp[]> {
  const { rollout } = report;
  const task = await proxies.taskAt(key, id);
  if (task === undefined) throw new NotAClientError(`ECS told of no task ${id} under ${key}.`);
  if (!(await isClient(rollout, task.proxy)))
    throw new NotAClientError(`${key} does not send requests to what ${rollout} rolls out.`);
  await fold(task.proxy, id, report);
  return [{ key: rollout, run: () => judge(rollout) }];
}
