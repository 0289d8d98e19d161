import { logOperators } from '#mesh/ir/log-operators.ts';

const examples = {
  none: '',
  optional: '',
  key: '(a:b)',
  header: '(:METHOD?X-METHOD)',
  filterState: '(a:PLAIN)',
  path: '(NQ:ORIG)',
  metadata: '(ROUTE:a:b)',
} as const;

/** Formats that Envoy takes: every operator of ours with an argument of its kind, and what may stand around one. */
export const takenFormats: readonly string[] = [
  [...logOperators].map(([name, { argument }]) => `%${name}${examples[argument]}%`).join(' '),
  [...logOperators]
    .flatMap(([name, { argument, length }]) => (length ? [`%${name}${examples[argument]}:9%`] : []))
    .join(''),
  '',
  'plain\n',
  '100%% %%',
  '%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)% %START_TIME(%E9)%',
  '%DOWNSTREAM_PEER_CERT_V_START(%b)%',
  '%QUERY_PARAMS%%PATH%',
];

/** Formats that Envoy refuses, which put App Mesh's Envoys into an error state. */
export const refusedFormats: readonly string[] = [
  '%',
  'a % b',
  '%REQ',
  '%req(x)%',
  '%REQ%',
  '%REQ()%',
  '%REQ(a?b?c)%',
  '%REQ(a b)%',
  '%REQ(a):x%',
  '%REQ(a):-1%',
  '%PROTOCOL(x)%',
  '%DURATION:3%',
  '%RESPONSE_COD%',
  '%CLUSTER_METADATA%',
  '%FILTER_STATE(a:OTHER)%',
  '%PATH(XX)%',
  '%METADATA(X:a:b)%',
];
