import type {
  ListenerFilterChainMatchPredicateJson,
  ListenerFilterJson,
} from '#envoy-protos/envoy/config/listener/v3/listener_components_pb.js';
import type { ListenerJson } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import { HttpInspectorSchema } from '#envoy-protos/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js';
import { OriginalDstSchema } from '#envoy-protos/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
import { TlsInspectorSchema } from '#envoy-protos/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
import type { FilterChainIr, ListenerIr } from '#mesh/ir/proxy-ir.ts';
import { pack } from './extension.ts';

/**
 * How long a connection of the own application may stay silent where its first bytes would choose the chain: the application
 * is on the same host, so one that has said nothing by then waits for the server to speak first.
 */
const SILENCE = '1s';

/**
 * What happens before a chain is chosen: the redirected address is restored, and the first bytes are looked at, on those
 * ports alone where they decide. A look elsewhere would hold up every protocol whose server speaks first (MySQL, SMTP).
 */
export function listenerFilters(
  ir: Pick<ListenerIr, 'redirected' | 'direction' | 'chains'>,
): Pick<ListenerJson, 'listenerFilters' | 'listenerFiltersTimeout' | 'continueOnListenerFiltersTimeout'> {
  const { redirected, direction, chains } = ir;
  const [byTls, byHttp] = [chains.filter(looksAtTls), chains.filter(looksAtHttp)];
  const original = { name: 'envoy.filters.listener.original_dst', typedConfig: pack(OriginalDstSchema, {}) };
  const tls = { name: 'envoy.filters.listener.tls_inspector', typedConfig: pack(TlsInspectorSchema, {}) };
  const http = { name: 'envoy.filters.listener.http_inspector', typedConfig: pack(HttpInspectorSchema, {}) };
  const mayBeSilent = direction === 'egress' && [...byTls, ...byHttp].some((chain) => hasAlternative(chain, chains));
  return {
    listenerFilters: [
      ...(redirected ? [original] : []),
      ...(byTls.length > 0 ? [onPortsOf(byTls, tls)] : []),
      ...(byHttp.length > 0 ? [onPortsOf(byHttp, http)] : []),
    ],
    ...(mayBeSilent && { listenerFiltersTimeout: SILENCE, continueOnListenerFiltersTimeout: true }),
  };
}

const looksAtTls = ({ match }: FilterChainIr) =>
  match.serverNames !== undefined || match.transportProtocol !== undefined;
const looksAtHttp = ({ match }: FilterChainIr) => match.applicationProtocols !== undefined;

/** Whether something takes a connection to the same port that shows nothing. */
const hasAlternative = ({ match }: FilterChainIr, chains: readonly FilterChainIr[]) =>
  chains.some(
    (chain) => chain.match.destinationPort === match.destinationPort && !looksAtTls(chain) && !looksAtHttp(chain),
  );

function onPortsOf(chains: readonly FilterChainIr[], filter: ListenerFilterJson): ListenerFilterJson {
  const ports = new Set(chains.map(({ match }) => match.destinationPort));
  const known = [...ports].filter((port) => port !== undefined).sort((a, b) => a - b);
  if (known.length < ports.size) return filter;
  return { ...filter, filterDisabled: { notMatch: anyOf(known.map(onPort)) } };
}

const onPort = (port: number): ListenerFilterChainMatchPredicateJson => ({
  destinationPortRange: { start: port, end: port + 1 },
});

/** Envoy wants at least two rules in an `or`. */
function anyOf(rules: readonly ListenerFilterChainMatchPredicateJson[]): ListenerFilterChainMatchPredicateJson {
  const [only, ...others] = rules;
  return only !== undefined && others.length === 0 ? only : { orMatch: { rules: [...rules] } };
}
