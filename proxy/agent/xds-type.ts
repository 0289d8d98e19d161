const PREFIX = 'type.googleapis.com/';

/** `envoy.config.cluster.v3.Cluster` (CDS). */
export const CLUSTER = `${PREFIX}envoy.config.cluster.v3.Cluster`;
/** `envoy.config.endpoint.v3.ClusterLoadAssignment` (EDS). */
export const ENDPOINTS = `${PREFIX}envoy.config.endpoint.v3.ClusterLoadAssignment`;
/** `envoy.extensions.transport_sockets.tls.v3.Secret` (SDS). */
export const SECRET = `${PREFIX}envoy.extensions.transport_sockets.tls.v3.Secret`;
/** `envoy.config.listener.v3.Listener` (LDS). */
export const LISTENER = `${PREFIX}envoy.config.listener.v3.Listener`;
/** `envoy.config.route.v3.RouteConfiguration` (RDS). */
export const ROUTES = `${PREFIX}envoy.config.route.v3.RouteConfiguration`;
/** `envoy.config.route.v3.VirtualHost` (VHDS). */
export const VIRTUAL_HOST = `${PREFIX}envoy.config.route.v3.VirtualHost`;

/** The order in which types are sent when several are due at once: what is referred to goes before what refers to it. */
export const SEND_ORDER = [CLUSTER, ENDPOINTS, SECRET, LISTENER, ROUTES, VIRTUAL_HOST] as const;

/** What others refer to: added before, and removed only after, what refers to it. */
export const REFERRED = [CLUSTER, ENDPOINTS, SECRET] as const;

/** Last segment of a type URL, for people. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}
