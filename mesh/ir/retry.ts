import type { GrpcRetryPolicy, HttpRetryPolicy } from '#mesh/model/spec.gen.ts';
import { uint32 } from './bounded.ts';
import { milliseconds } from './duration.ts';
import type { RetryIr } from './route-ir.ts';

/** What App Mesh retried where no policy is declared (user guide, "default route retry policy"; accounts since 2020-07-29). */
export const DEFAULT_RETRY: RetryIr = {
  on: ['connect-failure', 'refused-stream', 'reset', 'retriable-status-codes', 'unavailable'],
  statusCodes: [503],
  retries: 2,
  perTryTimeoutMs: 0,
};

interface Event {
  readonly on: readonly string[];
  readonly statusCodes: readonly number[];
}

/** App Mesh's retry events in Envoy's words, as seen in its `config_dump` and described in the API reference. */
const events: ReadonlyMap<string, Event> = new Map([
  ['server-error', { on: ['reset'], statusCodes: [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511] }],
  ['gateway-error', { on: ['reset'], statusCodes: [502, 503, 504] }],
  ['client-error', { on: [], statusCodes: [409] }],
  ['stream-error', { on: ['refused-stream'], statusCodes: [] }],
  ['connection-error', { on: ['connect-failure'], statusCodes: [] }],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'].map(
    (status): [string, Event] => [status, { on: [status], statusCodes: [] }],
  ),
]);

/** The retry policy of a route for requests, whichever type it is of. */
export type DeclaredRetryPolicy = HttpRetryPolicy | GrpcRetryPolicy;

/** A declared `maxRetries: 0`: no failure is a reason to try again, which also holds where a canary's shield adds tries. */
const NO_RETRY: RetryIr = { on: [], statusCodes: [], retries: 0, perTryTimeoutMs: 0 };

/** The retry policy of a route: the declared one, whole, or else App Mesh's default. */
export function retryPolicy(declared: DeclaredRetryPolicy | undefined): RetryIr {
  if (declared === undefined) return DEFAULT_RETRY;
  if (declared.maxRetries === 0) return NO_RETRY;
  const matched = eventNames(declared).flatMap((name) => events.get(name) ?? []);
  const statusCodes = [...new Set(matched.flatMap((event) => event.statusCodes))].sort((a, b) => a - b);
  const on = new Set(matched.flatMap((event) => event.on));
  if (statusCodes.length > 0) on.add('retriable-status-codes');
  const perTryTimeoutMs = milliseconds(declared.perRetryTimeout) ?? 0;
  return { on: [...on].sort(), statusCodes, retries: uint32(declared.maxRetries), perTryTimeoutMs };
}

/** Events of a policy that App Mesh did not have: its model takes any text for an HTTP event. */
export function unknownEvents(declared: DeclaredRetryPolicy | undefined): string[] {
  return declared === undefined ? [] : eventNames(declared).filter((name) => !events.has(name));
}

function eventNames(declared: DeclaredRetryPolicy): readonly string[] {
  const { httpRetryEvents = [], tcpRetryEvents = [] } = declared;
  const grpcRetryEvents = 'grpcRetryEvents' in declared ? (declared.grpcRetryEvents ?? []) : [];
  return [...httpRetryEvents, ...tcpRetryEvents, ...grpcRetryEvents];
}
