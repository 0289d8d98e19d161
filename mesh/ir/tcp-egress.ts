import type { Resource } from '#mesh/model/resource.ts';
import { connectionChain } from './egress-chain.ts';
import { asDialedCluster } from './names.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { AccessLogIr, FilterChainIr } from './proxy-ir.ts';
import type { TcpServicePort } from './service-port.ts';

/** A backend's TCP port; `position` is the backend's place in the spec of `node`. */
interface TcpBackend {
  readonly name: string;
  readonly position: number;
  readonly port: TcpServicePort;
}

/** Backends whose connections go the same way: nothing has to tell them apart. */
interface Group {
  readonly backends: readonly [TcpBackend, ...TcpBackend[]];
  /** Addresses of its tasks that no other group has. */
  readonly addresses: readonly string[];
  /** Its tasks may also be dialed at addresses that do not tell it from the others: shared ones, or behind a DNS name. */
  readonly isVague: boolean;
}

/**
 * The chains for redirected connections to one port, `[]` without backends there. App Mesh kept one backend a port. Here several
 * are told apart by the task's address that the application dialed, and only where that may not tell, by the TLS server name:
 * looking for one holds up a protocol whose server speaks first. What shows neither goes where it was going, which is reported.
 */
export function tcpChains(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  backends: readonly TcpBackend[],
  log: AccessLogIr | undefined,
): FilterChainIr[] {
  const groups = sameWay(draft, backends);
  const [only, ...others] = groups;
  if (only === undefined) return [];
  const [{ name, port }] = only.backends;
  const destinationPort = port.port;
  if (others.length === 0) return [connectionChain(`${name}:${destinationPort}`, { destinationPort }, log, port)];
  const byAddress = groups.flatMap((group) => addressChain(group, log));
  if (!groups.some(({ isVague }) => isVague)) return byAddress;
  reportVague(draft, node, groups, destinationPort);
  const taken = new Set<string>();
  const bySni = groups.flatMap((group) => serverNameChain(group, taken, log));
  return [...byAddress, ...bySni, asDialed(draft, destinationPort, log)];
}

function sameWay(draft: ProxyDraft, backends: readonly TcpBackend[]): Group[] {
  const byWay = Map.groupBy(backends, ({ port }) => JSON.stringify([port.targets, port.idleTimeoutMs]));
  const found = [...byWay.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ backends: [first, ...more] as const, dialed: dialedAddresses(draft, first.port) }],
  );
  const claims = (address: string) => found.filter(({ dialed }) => dialed?.has(address)).length;
  return found.map(({ backends: members, dialed }) => {
    const addresses = [...(dialed ?? [])].filter((address) => claims(address) === 1).sort();
    return { backends: members, addresses, isVague: addresses.length !== dialed?.size };
  });
}

/** Where the tasks behind a port are dialed; `undefined` when some are behind a DNS name. */
function dialedAddresses(draft: ProxyDraft, { targets }: TcpServicePort): Set<string> | undefined {
  const clusters = targets.map(({ cluster }) => draft.clusters.get(cluster));
  if (clusters.some((cluster) => cluster?.kind !== 'eds')) return undefined;
  const endpoints = clusters.flatMap((cluster) => (cluster?.kind === 'eds' ? cluster.endpoints : []));
  return new Set(endpoints.map(({ address }) => address));
}

function addressChain({ backends, addresses }: Group, log: AccessLogIr | undefined): FilterChainIr[] {
  const [{ name, port }] = backends;
  if (addresses.length === 0) return [];
  return [connectionChain(`${name}:${port.port}`, { destinationPort: port.port, addresses }, log, port)];
}

/** What can stand in a TLS server name: Envoy refuses a listener that asks for anything else. */
const SERVER_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** Names in `taken` are another chain's already. */
function serverNameChain({ backends }: Group, taken: Set<string>, log: AccessLogIr | undefined): FilterChainIr[] {
  const [{ name, port }] = backends;
  const names = new Set(backends.map((backend) => backend.name.toLowerCase()));
  const serverNames = [...names].filter((item) => SERVER_NAME.test(item) && !taken.has(item));
  for (const item of serverNames) taken.add(item);
  if (serverNames.length === 0) return [];
  const match = { destinationPort: port.port, serverNames };
  return [connectionChain(`${name}:${port.port}/server-name`, match, log, port)];
}

function asDialed(draft: ProxyDraft, destinationPort: number, log: AccessLogIr | undefined): FilterChainIr {
  const cluster = asDialedCluster(draft.index.view.mesh, destinationPort);
  draft.clusters.set(cluster, { kind: 'original-destination', name: cluster });
  return connectionChain(`as-dialed:${destinationPort}`, { destinationPort }, log, {
    targets: [{ cluster, weight: 1 }],
  });
}

function reportVague(draft: ProxyDraft, node: Resource<'virtualNode'>, groups: readonly Group[], port: number): void {
  for (const { name, position } of groups.filter(({ isVague }) => isVague).flatMap(({ backends }) => backends)) {
    const place = { resource: node, path: `spec.backends[${position}].virtualService` };
    const reason = `several backends take connections to port ${port}, and the address dialed may not tell ${name} from them`;
    const then = 'without a TLS server name such a connection goes where it was dialed, whatever the weights';
    report(draft, 'degraded', place, `${reason}: ${then}`);
  }
}
