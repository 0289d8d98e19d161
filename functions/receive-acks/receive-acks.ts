import * as v from 'valibot';
import type { AnnounceRefusal } from '#aws/announcer.ts';
import { isEligible, type SidecarItem, type TaskItem } from '#aws/proxy-items.ts';
import type { ProxyStore, Recorded } from '#aws/proxy-store.ts';
import { type FollowUp, receiveEach } from '#aws/receive-each.ts';
import { proxyReport } from '#aws/report-schemas.ts';
import { readSidecarMessage, type SidecarMessage } from '#aws/sidecar-message.ts';
import type { Log, Message } from '#aws/subscriber.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { ProxyReport } from '#mesh/wire/report.ts';
import type { Clock, MeshPush } from '#rollouts/ports.ts';

/** What a sidecar's report touches. */
export interface ReceiveAcksPorts {
  readonly proxies: Pick<ProxyStore, 'recordReport' | 'taskAt' | 'expireSidecar'>;
  readonly push: Pick<MeshPush, 'push' | 'clientsOf'>;
  readonly waiting: (proxy: ProxyId) => Promise<readonly string[]>;
  readonly wake: (rollout: string) => Promise<void>;
  readonly refused: AnnounceRefusal;
  readonly now: Clock;
  readonly log: Log;
}

/**
 * Records what each sidecar has applied, tells its node's clients when that makes or ends an endpoint, and wakes the
 * rollouts that wait for it. A report counts only while ECS knows its task under that proxy.
 */
export const receiveAcks =
  (ports: ReceiveAcksPorts) =>
  (messages: readonly Message[]): Promise<readonly string[]> =>
    receiveEach(messages, ({ body }) => receiveAck(ports, readSidecarMessage(body, report)), ports.log);

const report = v.pipe(
  proxyReport,
  v.transform(
    ({ rejected, problems, ...rest }): ProxyReport => ({
      ...rest,
      ...(rejected !== undefined && { rejected }),
      ...(problems !== undefined && { problems }),
    }),
  ),
);

async function receiveAck(
  ports: ReceiveAcksPorts,
  { key, task: id, report }: SidecarMessage<ProxyReport>,
): Promise<readonly FollowUp[]> {
  const { proxies, now } = ports;
  const recorded = await proxies.recordReport(key, id, report, now());
  if (recorded.kind === 'stale') return [];
  const task = await proxies.taskAt(key, id);
  if (task === undefined || task.lastStatus === 'STOPPED') {
    await proxies.expireSidecar(key, id, now());
    return [];
  }
  await tellRefusal(ports, task, recorded, report);
  const told = changesEndpoints(task, recorded, report.ready) ? [tellClients(ports, key, task.proxy)] : [];
  return [...told, wakeWaiting(ports, key, task.proxy)];
}

/** Once a revision: an agent repeats what it was refused with every report. */
async function tellRefusal(
  { refused, log }: ReceiveAcksPorts,
  { proxy, task }: TaskItem,
  recorded: Recorded<SidecarItem>,
  { rejected }: ProxyReport,
): Promise<void> {
  const before = recorded.kind === 'stored' ? recorded.before?.rejected?.rev : rejected?.rev;
  if (rejected === undefined || rejected.rev === before) return;
  log.warn('Envoy refused a revision', { proxy: proxy.name, task, rejected });
  await refused({ proxy, task, ...rejected });
}

function tellClients({ push }: ReceiveAcksPorts, key: string, node: ProxyId): FollowUp {
  return { key: `push ${key}`, run: async () => push.push(await push.clientsOf(node)) };
}

function wakeWaiting({ waiting, wake }: ReceiveAcksPorts, key: string, proxy: ProxyId): FollowUp {
  return { key: `wake ${key}`, run: async () => Promise.all((await waiting(proxy)).map(wake)) };
}

/** A repetition may follow a delivery that died before its push, so it counts as a change. */
function changesEndpoints(task: TaskItem, recorded: Recorded<SidecarItem>, ready: boolean): boolean {
  if (task.proxy.kind !== 'vn') return false;
  if (recorded.kind !== 'stored') return true;
  return isEligible(task, recorded.before) !== isEligible(task, { ready });
}
