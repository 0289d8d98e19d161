import type { Listener, VirtualGatewayListener } from '#mesh/model/spec.gen.ts';
import type { SpecPath } from './finding.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import type { FilterChainIr } from './proxy-ir.ts';
import { listenerSecurity } from './tls.ts';

/**
 * A listener's chain as its TLS mode wants it: STRICT encrypts the one chain, PERMISSIVE makes it two, told apart by whether
 * the first bytes are a handshake.
 */
export function securedChains(
  draft: ProxyDraft,
  { tls: declared, portMapping }: Pick<Listener | VirtualGatewayListener, 'tls' | 'portMapping'>,
  chain: FilterChainIr,
  place: SpecPath,
): FilterChainIr[] {
  const { tls, plainText } = listenerSecurity(draft, declared, portMapping.protocol, place);
  if (tls === undefined) return [chain];
  if (!plainText) return [{ ...chain, tls }];
  const { name, match } = chain;
  return [
    { ...chain, name: `${name}_tls`, match: { ...match, transportProtocol: 'tls' }, tls },
    { ...chain, name: `${name}_plain_text`, match: { ...match, transportProtocol: 'raw_buffer' } },
  ];
}
