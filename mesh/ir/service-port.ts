import type { HostOrigin } from './host-origin.ts';
import type { TcpFilterIr } from './proxy-ir.ts';
import type { RouteIr } from './route-ir.ts';

/** How a virtual service answers requests on one port; `routes` are in order of precedence. */
export interface HttpServicePort {
  readonly kind: 'http';
  readonly port: number;
  readonly routes: readonly RouteIr[];
}

/** Where a virtual service sends connections to one port; without targets it closes them. */
export interface TcpServicePort extends Pick<TcpFilterIr, 'targets' | 'idleTimeoutMs'> {
  readonly kind: 'tcp';
  readonly port: number;
}

export type ServicePort = HttpServicePort | TcpServicePort;

/** A virtual service's ports, and where what happens on them comes from. */
export interface ServicePorts {
  readonly ports: readonly ServicePort[];
  readonly origin: HostOrigin;
}

/** Whether requests (not only bytes) can be sent to the port. */
export const isHttpPort = (port: ServicePort): port is HttpServicePort => port.kind === 'http';

/** Whether the port takes any bytes. */
export const isTcpPort = (port: ServicePort): port is TcpServicePort => port.kind === 'tcp';
