import type { Resource } from '#mesh/model/resource.ts';
import type { ClientPolicy, ListenerTls } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';

/** The one list of declared things that Weir accepts, stores and does not act on yet: each is reported, none is dropped silently. */

/** Reports what a listener declares beyond what is compiled, on the side (`server`: the node's own proxy) where it would act. */
export function reportUncompiledListener(
  draft: ProxyDraft,
  node: Resource<'virtualNode'>,
  position: number,
  side: 'server' | 'client',
): void {
  const listener = node.spec.listeners?.[position];
  const at = (field: string) => ({ resource: node, path: `spec.listeners[${position}].${field}` });
  reportUncompiledTls(draft, listener?.tls, at('tls'));
  if (side === 'client' && listener?.healthCheck !== undefined)
    report(draft, 'unsupported', at('healthCheck'), 'active health checks are not compiled yet');
}

/** Reports what a gateway's listener declares beyond what is compiled. */
export function reportUncompiledGatewayListener(
  draft: ProxyDraft,
  gateway: Resource<'virtualGateway'>,
  position: number,
): void {
  const listener = gateway.spec.listeners[position];
  const at = (field: string) => ({ resource: gateway, path: `spec.listeners[${position}].${field}` });
  reportUncompiledTls(draft, listener?.tls, at('tls'));
  if (listener?.connectionPool !== undefined)
    report(draft, 'unsupported', at('connectionPool'), "a gateway's connection pool is not compiled yet");
  if (listener?.healthCheck !== undefined)
    report(draft, 'unsupported', at('healthCheck'), "a gateway's health check is not compiled yet");
}

/** Reports a listener's TLS. One that takes nothing else is refused: plain text in its place would break a promise in silence. */
function reportUncompiledTls(draft: ProxyDraft, tls: ListenerTls | undefined, place: SpecPath): void {
  if (tls === undefined || tls.mode === 'DISABLED') return;
  if (tls.mode === 'PERMISSIVE') report(draft, 'unsupported', place, 'TLS is not compiled yet: traffic is plain text');
  else report(draft, 'invalid', place, 'TLS is not compiled yet: mode STRICT would be served in plain text');
}

/** Reports a client's TLS policy; one that must be enforced is refused (`enforce` is true when absent, as in App Mesh). */
export function reportUncompiledPolicy(draft: ProxyDraft, policy: ClientPolicy | undefined, place: SpecPath): void {
  if (policy?.tls === undefined) return;
  if (policy.tls.enforce === false)
    report(draft, 'unsupported', place, 'TLS is not compiled yet: traffic is plain text');
  else report(draft, 'invalid', place, 'TLS is not compiled yet: an enforced policy would be sent in plain text');
}
