import { arnPath, formatArn } from '#mesh/model/arn.ts';
import type { Fault, ProxyChange, Rehearsal } from './ports.ts';

/**
 * Answer to `?dryRun=true`: the version the resource would have, and what would change in the Envoy resources of which
 * proxies. No uid and no times: those are made when a write is stored.
 */
export function rehearsalBody({ resource, proxies }: Rehearsal, region: string): object {
  const { version } = resource;
  const arn = formatArn(resource, region);
  const root = arn.slice(0, arn.length - arnPath(resource).length);
  return { dryRun: true, resource: { arn, version }, proxies: proxies.map((proxy) => proxyBody(proxy, root)) };
}

function proxyBody({ proxy, findings, ...changes }: ProxyChange, root: string): object {
  const { added, cleared } = findings;
  return {
    arn: root + arnPath(proxy),
    ...changes,
    findings: {
      added: added.map((fault) => faultBody(fault, root)),
      cleared: cleared.map((fault) => faultBody(fault, root)),
    },
  };
}

/** A finding as Weir's answers show it: the full ARN of the resource at fault, the field in it, what is wrong. */
export const faultBody = ({ kind, arnPath: path, path: field, reason }: Fault, root: string): object => ({
  kind,
  arn: root + path,
  field,
  reason,
});
