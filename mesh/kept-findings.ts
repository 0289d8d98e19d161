import type { Finding } from './ir/finding.ts';
import type { HostOrigin } from './ir/host-origin.ts';

type Origins = ReadonlyMap<string, HostOrigin>;

/** The faulty virtual hosts that keep what they were sent last, sorted: `good` are those sent without a fault, or kept since. */
export function keptHosts(origins: Origins, good: object): readonly string[] {
  return faultyHosts(origins).filter((name) => Object.hasOwn(good, name));
}

/** Findings that say of what they concern where its last good configuration stays. */
export function keptFindings(
  findings: readonly Finding[],
  origins: Origins,
  kept: readonly string[],
): readonly Finding[] {
  if (kept.length === 0) return findings;
  const places = faultyHosts(origins).flatMap((host) =>
    (origins.get(host)?.faults ?? []).map((fault) => ({ host, fault: textOf(fault) })),
  );
  return findings.map((finding) => {
    const text = textOf(finding);
    const hosts = [...new Set(places.flatMap(({ host, fault }) => (fault === text ? [host] : [])))];
    return { ...finding, reason: `${finding.reason}${staysText(hosts, kept)}` };
  });
}

/** The faulty virtual hosts, sorted. */
export function faultyHosts(origins: Origins): readonly string[] {
  return [...origins].flatMap(([name, { faults }]) => (faults.length > 0 ? [name] : [])).sort();
}

function staysText(hosts: readonly string[], kept: readonly string[]): string {
  const stays = hosts.filter((host) => kept.includes(host));
  if (stays.length === 0) return '';
  const where = stays.length === hosts.length ? '' : ` in ${stays.join(', ')}`;
  return `; instead, the last good configuration stays${where} until that is mended`;
}

const textOf = ({ kind, arnPath, path, reason }: Finding): string => JSON.stringify([kind, arnPath, path, reason]);
