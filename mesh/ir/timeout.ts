import type { HttpTimeout, TcpTimeout } from '#mesh/model/spec.gen.ts';
import { milliseconds } from './duration.ts';

/** App Mesh's request timeout where none is declared, on routes and on listeners (user guide, "timeouts"). */
export const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/** Time limits of a route or listener; a declared 0 turns the limit off. */
export function timeouts(declared: HttpTimeout | undefined): { timeoutMs: number; idleTimeoutMs?: number } {
  const timeoutMs = milliseconds(declared?.perRequest) ?? DEFAULT_REQUEST_TIMEOUT_MS;
  return { timeoutMs, ...idleTimeout(declared) };
}

/** How long nothing may pass; Envoy's own default (5 minutes for a request, 1 hour for a TCP connection) where none is declared. */
export function idleTimeout(declared: Pick<TcpTimeout, 'idle'> | undefined): { idleTimeoutMs?: number } {
  const idleTimeoutMs = milliseconds(declared?.idle);
  return idleTimeoutMs === undefined ? {} : { idleTimeoutMs };
}
