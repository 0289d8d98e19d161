import type { HttpTimeout, TcpTimeout } from '#mesh/model/spec.gen.ts';
import { milliseconds } from './duration.ts';

/** App Mesh's request timeout of a route that declares none (user guide, "timeouts"). */
export const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/** Time limits of requests. */
interface Timeouts {
  readonly timeoutMs: number;
  readonly idleTimeoutMs?: number;
}

/** Time limits of a route; a declared 0 turns the limit off. */
export function routeTimeouts(declared: HttpTimeout | undefined): Timeouts {
  return { timeoutMs: milliseconds(declared?.perRequest) ?? DEFAULT_REQUEST_TIMEOUT_MS, ...idleTimeout(declared) };
}

/**
 * Time limits of a node's own listener: the declared ones, and none by itself. App Mesh's 15 s here cut off every request
 * whose route had been given longer; what the client's route gives up is given up here too.
 */
export function listenerTimeouts(declared: HttpTimeout | undefined): Timeouts {
  return { timeoutMs: milliseconds(declared?.perRequest) ?? 0, idleTimeoutMs: milliseconds(declared?.idle) ?? 0 };
}

/** How long nothing may pass; Envoy's own default (5 minutes for a request, 1 hour for a TCP connection) where none is declared. */
export function idleTimeout(declared: Pick<TcpTimeout, 'idle'> | undefined): { idleTimeoutMs?: number } {
  const idleTimeoutMs = milliseconds(declared?.idle);
  return idleTimeoutMs === undefined ? {} : { idleTimeoutMs };
}
