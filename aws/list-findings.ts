import { buildProxy } from '#mesh/ir/build-proxy.ts';
import type { Finding, FindingKind } from '#mesh/ir/finding.ts';
import { faultyHosts, keptFindings } from '#mesh/kept-findings.ts';
import { arnPath, formatArn } from '#mesh/model/arn.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { inParallel } from './in-parallel.ts';
import { loadDeclaredMesh } from './mesh-view.ts';
import { revisionStore } from './revision-store.ts';
import { declaredProxies, optionsFor, type RunningItems, readRunning, viewWith } from './running-items.ts';
import type { Table } from './table.ts';

/** A place in a spec that does not act as written, and for whom. */
export interface MeshFinding {
  readonly kind: FindingKind;
  /** ARN of the resource at fault. */
  readonly arn: string;
  /** Where in it: `spec.httpRoute.action.weightedTargets[1]`. */
  readonly field: string;
  readonly reason: string;
  /** ARNs of the virtual nodes and gateways whose proxies do without it, sorted. */
  readonly proxies: readonly string[];
}

/**
 * What the compiler says of a mesh as it stands and runs now, worst kind first: also of resources that were good when they
 * were written and became bad by another write. `undefined` when there is no such mesh.
 */
export async function listFindings(
  table: Table,
  { owner, region }: { readonly owner: string; readonly region: string },
  mesh: string,
): Promise<readonly MeshFinding[] | undefined> {
  const declared = await loadDeclaredMesh(table, owner, mesh);
  if (!declared.resources.some(({ kind }) => kind === 'mesh')) return undefined;
  const proxies = declaredProxies(declared);
  const running = await readRunning(table, [declared], proxies);
  const view = viewWith(declared, running);
  const root = formatArn({ kind: 'mesh', owner, mesh: '', name: '' }, region).replace(/mesh\/$/, '');
  const found = await inParallel(proxies, READS_AT_ONCE, async (proxy) => {
    const findings = await findingsOf(table, view, running, proxy);
    return findings.map((finding) => ({ finding, proxy }));
  });
  const places = Map.groupBy(found.flat(), ({ finding }) => identity(finding));
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, same]) => meshFinding(root, same));
}

/** With what the last push kept of what is faulty. */
async function findingsOf(table: Table, view: MeshView, running: RunningItems, proxy: ProxyId) {
  const { findings, origins } = buildProxy(view, proxy, optionsFor(proxy, running));
  if (faultyHosts(origins).length === 0) return findings;
  const revision = await revisionStore(table).get(proxy);
  return keptFindings(findings, origins, revision?.kept ?? []);
}

const READS_AT_ONCE = 16;

const worst: readonly FindingKind[] = ['invalid', 'unsupported', 'degraded'];

const identity = ({ kind, arnPath: at, path, reason }: Finding): string =>
  JSON.stringify([worst.indexOf(kind), at, path, reason]);

function meshFinding(
  root: string,
  same: readonly { readonly finding: Finding; readonly proxy: ProxyId }[],
): readonly MeshFinding[] {
  const [first] = same;
  if (first === undefined) return [];
  const { kind, arnPath: at, path, reason } = first.finding;
  const proxies = same.map(({ proxy }) => root + arnPathOf(proxy));
  return [{ kind, arn: root + at, field: path, reason, proxies: [...new Set(proxies)].sort() }];
}

const arnPathOf = ({ kind, ...rest }: ProxyId): string =>
  arnPath({ kind: kind === 'vn' ? 'virtualNode' : 'virtualGateway', ...rest });
