import type { Change, Preview, ProxyChange, XdsName } from '#mesh/api/ports.ts';
import { type CompiledProxy, compile } from '#mesh/compile-proxy.ts';
import { dependents } from '#mesh/ir/dependents.ts';
import type { Finding } from '#mesh/ir/finding.ts';
import { livingAddresses } from '#mesh/ir/living-addresses.ts';
import { keptFindings, keptHosts } from '#mesh/kept-findings.ts';
import { keepLastGood } from '#mesh/last-good.ts';
import { arnPath } from '#mesh/model/arn.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource, ResourceId } from '#mesh/model/resource.ts';
import { proxyKey } from '#mesh/wire/names.ts';
import type { WireResource, WireResources } from '#mesh/wire/snapshot.ts';
import { lostReferences } from './mesh-store-steps.ts';
import { type DeclaredMesh, loadDeclaredMesh, withNodes } from './mesh-view.ts';
import { declaredProxies, optionsFor, type RunningItems, readRunning, viewWith } from './running-items.ts';
import type { Table } from './table.ts';

type Compiled = Omit<CompiledProxy, 'appPorts'> & { readonly living: ReadonlySet<string> };

/** What a proxy gets that is not declared: not yet, or not any more. */
const NOTHING: Compiled = { resources: {}, findings: [], origins: new Map(), canaries: [], living: new Set() };

/** Compiles every proxy that a write would reach, from the mesh as it is and as it would be, with what runs in it now. */
export function previewChange(table: Table): Preview {
  return async (change) => {
    const { owner, mesh } = change.id;
    const stored = await loadDeclaredMesh(table, owner, mesh);
    const now = withResource(stored, change.id, change.before);
    const then = withResource(stored, change.id, change.after);
    const proxies = reachedBy(change, now, then);
    const running = await readRunning(table, [now, then], proxies);
    return proxies
      .map((proxy) => {
        const before = compiled(now, proxy, running);
        return proxyChange(proxy, before, asKept(before, compiled(then, proxy, running)));
      })
      .filter(isAnything);
  };
}

/** The mesh with one resource in the state given; `undefined` is without it. */
function withResource(declared: DeclaredMesh, id: ResourceId, resource: Resource | undefined): DeclaredMesh {
  const others = declared.resources.filter((other) => arnPath(other) !== arnPath(id));
  return { ...declared, resources: resource === undefined ? others : [...others, resource] };
}

function reachedBy(change: Change, now: DeclaredMesh, then: DeclaredMesh): readonly ProxyId[] {
  const ids = [change.id, ...lostReferences(change).map(({ target }) => target)];
  const all = [now, then].flatMap((declared) => dependents(withNodes(declared, new Map()), ids));
  const byKey = new Map(all.map((proxy) => [proxyKey(proxy), proxy]));
  return [...byKey.values()].sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
}

function compiled(declared: DeclaredMesh, proxy: ProxyId, running: RunningItems): Compiled {
  const isDeclared = declaredProxies(declared).some(({ kind, name }) => kind === proxy.kind && name === proxy.name);
  if (!isDeclared) return NOTHING;
  const view = viewWith(declared, running);
  return { ...compile(view, proxy, optionsFor(proxy, running)), living: livingAddresses(view) };
}

/** What the write makes faulty stays as it is. What was faulty before is told as compiled: what was kept of it, only its push knows. */
function asKept(before: Compiled, after: Compiled): Compiled {
  const { good } = keepLastGood(undefined, sent(before));
  const { resources, good: still } = keepLastGood({ ...sent(before), good }, sent(after));
  const { findings, origins } = after;
  return { ...after, resources, findings: keptFindings(findings, origins, keptHosts(origins, still)) };
}

const sent = ({ canaries, ...compiledNow }: Compiled) => ({ ...compiledNow, telemetry: canaries });

function proxyChange({ kind, ...rest }: ProxyId, now: Compiled, then: Compiled): ProxyChange {
  const [before, after] = [versions(now.resources), versions(then.resources)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const those = (is: (old: string | undefined, next: string | undefined) => boolean): XdsName[] =>
    names.filter((key) => is(before.get(key), after.get(key))).map(xdsName);
  return {
    proxy: { kind: kind === 'vn' ? 'virtualNode' : 'virtualGateway', ...rest },
    added: those((old) => old === undefined),
    changed: those((old, next) => old !== undefined && next !== undefined && old !== next),
    removed: those((_, next) => next === undefined),
    findings: { added: without(then.findings, now.findings), cleared: without(now.findings, then.findings) },
  };
}

/** Versions by `type name`; a type URL has no space. */
function versions(resources: WireResources): ReadonlyMap<string, string> {
  const entries = Object.entries(resources).flatMap(([type, named]) =>
    Object.entries(named).map(([name, { version }]: [string, WireResource]) => [`${type} ${name}`, version] as const),
  );
  return new Map(entries);
}

const xdsName = (key: string): XdsName => {
  const space = key.indexOf(' ');
  return { type: key.slice(0, space), name: key.slice(space + 1) };
};

function without(findings: readonly Finding[], others: readonly Finding[]): readonly Finding[] {
  const known = new Set(others.map(textOf));
  return findings.filter((finding) => !known.has(textOf(finding)));
}

const textOf = ({ kind, arnPath: at, path, reason }: Finding): string => JSON.stringify([kind, at, path, reason]);

const isAnything = ({ added, changed, removed, findings }: ProxyChange): boolean =>
  [added, changed, removed, findings.added, findings.cleared].some((some) => some.length > 0);
