/**
 * The names App Mesh gave to Envoy resources. Dashboards, statsd converters and alarms parse them, so they are API.
 * Source: the App Mesh user guide's metrics page and a production `config_dump`.
 */

/** Cluster through which a proxy reaches one listener of a virtual node. */
export function egressCluster(mesh: string, node: string, protocol: string, port: number): string {
  return `cds_egress_${mesh}_${node}_${protocol}_${port}`;
}

/** Cluster through which a virtual node's proxy reaches its own application. */
export function ingressCluster(mesh: string, node: string, protocol: string, port: number): string {
  return `cds_ingress_${mesh}_${node}_${protocol}_${port}`;
}

/** Cluster of the canary variant beside the stable cluster `stable`. */
export function canaryCluster(stable: string): string {
  return `${stable}_canary`;
}

/** The aggregate of canary and stable that routes name when the canary shield is on. */
export function shieldedCluster(stable: string): string {
  return `${stable}_canary_shielded`;
}

/** Passthrough to AWS's own endpoints, which App Mesh always allowed. */
export function amazonCluster(mesh: string): string {
  return `cds_egress_${mesh}_amazonaws`;
}

/** Passthrough to everything, with the mesh's egress filter at ALLOW_ALL. */
export function allowAllCluster(mesh: string): string {
  return `cds_egress_${mesh}_mesh-allow-all`;
}

/** Passthrough of connections to `port` that several backends may be meant by. */
export function asDialedCluster(mesh: string, port: number): string {
  return `cds_egress_${mesh}_as_dialed_tcp_${port}`;
}

/** Envoy listener on `port`. */
export function listenerName(direction: 'ingress' | 'egress', port: number): string {
  return `lds_${direction}_0.0.0.0_${port}`;
}

/** Route configuration of the HTTP traffic on `port`. */
export function routeConfigurationName(direction: 'ingress' | 'egress', port: number): string {
  return `rds_${direction}_http_${port}`;
}

/**
 * Name of a virtual host on the wire. Envoy finds the route configuration by cutting the last `/` part, and virtual
 * service names may hold `/`, hence the escape.
 */
export function virtualHostName(routeConfiguration: string, name: string): string {
  return `${routeConfiguration}/${name.replaceAll('%', '%25').replaceAll('/', '%2F')}`;
}
