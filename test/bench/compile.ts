import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { inflateRawSync } from 'node:zlib';
import { compile } from '#mesh/compile-proxy.ts';
import { dependents } from '#mesh/ir/dependents.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import { resourcesHash, type Snapshot } from '#mesh/wire/snapshot.ts';
import { newsOf } from '../../aws/news.ts';
import { benchMesh, withCanaryAt, withRouteWeight } from './compile-mesh.ts';
import { median } from './median.ts';
import { table } from './table.ts';

const SIZES = [10, 100, 1000, 5000];
const BACKENDS = 20;
const UPDATES = 25;

/** What compiling must stay within; times for a machine that does nothing else. */
const BUDGETS = { services: 1000, fullMs: 2000, peakMiB: 300, updateMs: 10, hostBytes: 1536, newsBytes: 1536 };

/** Figures of one size, measured in a process of its own. */
interface Figures {
  readonly services: number;
  /** First compilation of every proxy, and the process's highest resident memory after it. */
  readonly fullMs: number;
  readonly peakMiB: number;
  /** Finding and compiling the dependents of one changed route, encoded. */
  readonly dependents: number;
  readonly updateMs: number;
  readonly updateCpuMs: number;
  /** The virtual host that one more weight of a shielded canary sends to an Envoy, and the news that bring it to the agent. */
  readonly hostBytes: number;
  readonly newsBytes: number;
}

/**
 * Compiles meshes of growing size and prints times, memory and bytes. Answers whether memory and bytes are within their
 * budgets; times are for the reader, a busy machine has others.
 */
export async function compileBench(): Promise<boolean> {
  const all: Figures[] = [];
  for (const services of SIZES) all.push(await inOwnProcess(services));
  console.log(`\n${report(all)}\n\nload average ${loadavg()[0]?.toFixed(1)}; budget at ${JSON.stringify(BUDGETS)}`);
  const judged = all.filter(({ services }) => services === BUDGETS.services);
  const isSmall = all.every((it) => it.hostBytes <= BUDGETS.hostBytes && it.newsBytes <= BUDGETS.newsBytes);
  return isSmall && judged.every(({ peakMiB }) => peakMiB <= BUDGETS.peakMiB);
}

function inOwnProcess(services: number): Promise<Figures> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [`${services}`]);
    child.once('message', (figures) => resolve(figures as Figures));
    child.once('exit', (code) => reject(new Error(`compiling ${services} services ended with ${code}`)));
  });
}

function report(all: readonly Figures[]): string {
  const heads = [
    'services',
    'full ms',
    'ms each',
    'peak MiB',
    'dependents',
    'update ms',
    'update CPU ms',
    'news bytes',
  ];
  const rows = all.map((it) => [
    ...[`${it.services}`, it.fullMs.toFixed(0), (it.fullMs / it.services).toFixed(2), it.peakMiB.toFixed(0)],
    ...[`${it.dependents}`, it.updateMs.toFixed(1), it.updateCpuMs.toFixed(1), `${it.hostBytes}`, `${it.newsBytes}`],
  ]);
  return table(heads, rows);
}

const compiled = (view: MeshView, proxy: ProxyId) => compile(view, proxy, { interception: 'transparent' });

function measure(services: number): Figures {
  const view = benchMesh(services, BACKENDS);
  const proxies = view.resources.flatMap(({ kind, owner, mesh, name }) =>
    kind === 'virtualNode' ? [{ owner, mesh, kind: 'vn' as const, name }] : [],
  );
  const started = performance.now();
  for (const proxy of proxies) compiled(view, proxy);
  const fullMs = performance.now() - started;
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const updates = Array.from({ length: UPDATES }, (_, i) => update(view, i + 2));
  const middle = (key: 'ms' | 'cpuMs') => median(updates.map((item) => item[key])) ?? 0;
  const [last] = updates;
  return {
    ...{ services, fullMs, peakMiB, dependents: last?.proxies.length ?? 0 },
    ...{ updateMs: middle('ms'), updateCpuMs: middle('cpuMs'), ...weightChange(view, last?.proxies ?? []) },
  };
}

function update(view: MeshView, weight: number): { ms: number; cpuMs: number; proxies: readonly ProxyId[] } {
  const [next, route]: [MeshView, Resource] = withRouteWeight(view, weight);
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  const proxies = dependents(next, [route]);
  for (const proxy of proxies) compiled(next, proxy);
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000, proxies };
}

function weightChange(view: MeshView, [proxy]: readonly ProxyId[]): Pick<Figures, 'hostBytes' | 'newsBytes'> {
  if (proxy === undefined) return { hostBytes: 0, newsBytes: 0 };
  const news = newsOf(snapshot(withCanaryAt(view, 500), proxy, 1), snapshot(withCanaryAt(view, 2500), proxy, 2));
  const changed = news.kind === 'delta' ? Object.values(news.changed).flatMap((named) => Object.values(named)) : [];
  const hostBytes = changed.reduce((sum, { body }) => sum + inflateRawSync(Buffer.from(body, 'base64')).length, 0);
  return { hostBytes, newsBytes: Buffer.byteLength(JSON.stringify(news)) };
}

function snapshot(view: MeshView, proxy: ProxyId, rev: number): Snapshot {
  const { resources, appPorts } = compiled(view, proxy);
  return { v: 1, proxy: proxyKey(proxy), rev, hash: resourcesHash(resources, []), resources, telemetry: [], appPorts };
}

if (import.meta.main) process.send?.(measure(Number(process.argv[2])));
