import type { Violation } from '../validate.ts';
import type { Rule } from './rule.ts';

/** What listeners of virtual nodes, gateways and routers have in common. */
export interface ListenerLike {
  readonly portMapping: { readonly port: number; readonly protocol: string };
  readonly connectionPool?: object;
  readonly timeout?: object;
  readonly healthCheck?: { readonly port?: number };
}

interface HasListeners {
  readonly listeners?: readonly ListenerLike[];
}

/** Two listeners on one port cannot both bind. */
export const distinctPorts: Rule<HasListeners> = function* ({ listeners = [] }) {
  const seen = new Set<number>();
  for (const [index, { portMapping }] of listeners.entries()) {
    if (seen.has(portMapping.port))
      yield {
        path: `spec.listeners[${index}].portMapping.port`,
        rule: `is ${portMapping.port}, which another listener has`,
      };
    seen.add(portMapping.port);
  }
};

/** A connection pool is for the protocol its listener speaks. */
export const poolProtocol: Rule<HasListeners> = ({ listeners = [] }) => protocolViolations(listeners, 'connectionPool');

/** A timeout is for the protocol its listener speaks. */
export const timeoutProtocol: Rule<HasListeners> = ({ listeners = [] }) => protocolViolations(listeners, 'timeout');

/** App Mesh checks the health of the port that takes the traffic. */
export const healthCheckPort: Rule<HasListeners> = function* ({ listeners = [] }) {
  for (const [index, { portMapping, healthCheck }] of listeners.entries())
    if (healthCheck?.port !== undefined && healthCheck.port !== portMapping.port)
      yield {
        path: `spec.listeners[${index}].healthCheck.port`,
        rule: `is ${healthCheck.port}; must be the listener's port ${portMapping.port}`,
      };
};

function* protocolViolations(
  listeners: readonly ListenerLike[],
  field: 'connectionPool' | 'timeout',
): Generator<Violation> {
  for (const [index, listener] of listeners.entries()) {
    const [protocol] = Object.keys(listener[field] ?? {});
    if (protocol !== undefined && protocol !== listener.portMapping.protocol)
      yield {
        path: `spec.listeners[${index}].${field}`,
        rule: `is for ${protocol}; must be for the listener's protocol ${listener.portMapping.protocol}`,
      };
  }
}
