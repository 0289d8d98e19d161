import type { ProxyStore } from '#aws/proxy-store.ts';
import { PermanentError, receiveEach } from '#aws/receive-each.ts';
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
  async (messages: readonly Message[]): Promise<readonly string[]> => {
    const rolloutOf = new Map<string, string>();
    const receive = async ({ id, body }: Message): Promise<void> => {
      const message = readSidecarMessage(body, telemetryReport);
      await receiveCounts(ports, message);
      rolloutOf.set(id, message.report.rollout);
    };
    const again = await receiveEach(messages, receive, ports.log);
    const unjudged = await Promise.all([...new Set(rolloutOf.values())].map((id) => judged(ports, id)));
    const failed = new Set(unjudged.flatMap((id) => id ?? []));
    return [...again, ...[...rolloutOf].flatMap(([id, rollout]) => (failed.has(rollout) ? [id] : []))];
  };

async function receiveCounts(
  { proxies, isClient, fold }: ReceiveTelemetryPorts,
  { key, task: id, report }: SidecarMessage<TelemetryReport>,
): Promise<void> {
  const task = await proxies.taskAt(key, id);
  if (task === undefined) throw new NotAClientError(`ECS told of no task ${id} under ${key}.`);
  if (!(await isClient(report.rollout, task.proxy)))
    throw new NotAClientError(`${key} does not send requests to what ${report.rollout} rolls out.`);
  await fold(task.proxy, id, report);
}

async function judged({ judge, log }: ReceiveTelemetryPorts, rollout: string): Promise<string | undefined> {
  try {
    await judge(rollout);
    return undefined;
  } catch (error) {
    log.error('rollout not judged', { rollout, error });
    return rollout;
  }
}
