import type { PoolIr } from './connection-pool.ts';
import type { HostOrigin } from './host-origin.ts';
import type { RouteIr, TargetIr } from './route-ir.ts';
import type { ServerTlsIr } from './tls-ir.ts';
import type { UpstreamIr } from './upstream.ts';

/**
 * What one proxy must do, with every default filled in and everything sorted: all that `mesh/envoy` may look at.
 * Times are milliseconds; a time of 0 means "no limit".
 */
export interface ProxyIr {
  readonly listeners: readonly ListenerIr[];
  readonly routeConfigurations: readonly RouteConfigurationIr[];
  readonly clusters: readonly ClusterIr[];
  /** TCP ports of the local application. */
  readonly appPorts: readonly number[];
  readonly canaries: readonly CanaryIr[];
}

export interface ListenerIr {
  readonly name: string;
  readonly port: number;
  readonly direction: 'ingress' | 'egress';
  /** Connections arrive by iptables redirect: the chain is chosen by the address they were meant for. */
  readonly redirected: boolean;
  readonly chains: readonly FilterChainIr[];
  /** IPv6 beside IPv4. */
  readonly takesIpv6?: true;
}

export interface FilterChainIr {
  readonly name: string;
  /** Absent parts match everything; a chain without any is the listener's default. */
  readonly match: {
    readonly destinationPort?: number;
    readonly serverNames?: readonly string[];
    /** Whether the first bytes are a TLS handshake. */
    readonly transportProtocol?: 'tls' | 'raw_buffer';
    /** Host addresses that the connection was meant for. */
    readonly addresses?: readonly string[];
    /** What the first bytes look like: `http/1.0`, `http/1.1`, `h2c`. */
    readonly applicationProtocols?: readonly string[];
    /** The connection comes from this very task. */
    readonly fromSameHost?: true;
  };
  readonly filter: HttpFilterIr | TcpFilterIr;
  readonly accessLog?: AccessLogIr;
  /** Absent: plain text. */
  readonly tls?: ServerTlsIr;
}

/** The protocol that a spec gives a port. */
export type ProtocolIr = 'http' | 'http2' | 'grpc' | 'tcp';

export interface HttpFilterIr {
  readonly kind: 'http';
  /** What the spec calls the port; either version of HTTP is accepted. Egress, where services of several kinds may share a port: `http`. */
  readonly protocol: Exclude<ProtocolIr, 'tcp'>;
  readonly statPrefix: string;
  readonly routeConfiguration: string;
  /** Requests may leave for whichever host they name (`pass` routes): its name is resolved here. */
  readonly forwardsTo?: 'named-host';
}

export interface TcpFilterIr {
  readonly kind: 'tcp';
  readonly statPrefix: string;
  /** Sorted by cluster, each cluster once; each connection goes to one of them, by relative weight. */
  readonly targets: readonly Pick<TargetIr, 'cluster' | 'weight'>[];
  /** Absent: Envoy's own default, an hour. */
  readonly idleTimeoutMs?: number;
}

export interface AccessLogIr {
  readonly path: string;
  readonly format: { readonly text: string } | { readonly json: readonly (readonly [string, string])[] } | undefined;
}

export interface RouteConfigurationIr {
  readonly name: string;
  /** Whether virtual hosts travel inside the route configuration or each as a resource of its own (VHDS). */
  readonly delivery: 'inline' | 'vhds';
  /** Hosts are compared without their port. */
  readonly ignoresPort: boolean;
  readonly virtualHosts: readonly VirtualHostIr[];
}

export interface VirtualHostIr {
  /** `<route configuration>/<virtual service or host>`: also the name of its VHDS resource. */
  readonly name: string;
  readonly domains: readonly string[];
  /** In order of precedence. */
  readonly routes: readonly RouteIr[];
  /** Of hosts that lead out of the proxy to declared services; nothing of it reaches Envoy. */
  readonly origin?: HostOrigin;
}

export type ClusterIr =
  | EdsClusterIr
  | DnsClusterIr
  | LocalClusterIr
  | OriginalDestinationClusterIr
  | NamedHostClusterIr
  | ShieldClusterIr;

/** The members of one variant of a virtual node, pushed as they come and go. */
export interface EdsClusterIr extends UpstreamIr {
  readonly kind: 'eds';
  readonly name: string;
  readonly endpoints: readonly EndpointIr[];
}

export interface EndpointIr {
  readonly address: string;
  readonly port: number;
  readonly zone?: string;
}

/** Found by its host name. */
export interface DnsClusterIr extends UpstreamIr {
  readonly kind: 'dns';
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  /** `one`: any one address of the answer (a load balancer); `all`: every address is an endpoint. */
  readonly addresses: 'one' | 'all';
  readonly family: 'AUTO' | 'V4_PREFERRED' | 'V4_ONLY' | 'V6_ONLY';
}

/** The proxy's own application. */
export interface LocalClusterIr {
  readonly kind: 'local';
  readonly name: string;
  readonly protocol: ProtocolIr;
  readonly port: number;
  readonly loopback: 'v4' | 'v6';
  readonly pool: PoolIr;
}

/** Wherever the redirected connection was going. */
export interface OriginalDestinationClusterIr {
  readonly kind: 'original-destination';
  readonly name: string;
}

/** Whichever host a request names. */
export interface NamedHostClusterIr {
  readonly kind: 'named-host';
  readonly name: string;
}

/** Canary first, stable when it fails. */
export interface ShieldClusterIr {
  readonly kind: 'shield';
  readonly name: string;
  readonly canary: string;
  readonly stable: string;
}

export interface OutlierDetectionIr {
  readonly maxServerErrors: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionPercent: number;
}

/** What a sidecar counts for one running rollout. */
export interface CanaryIr {
  readonly node: string;
  readonly rollout: string;
  readonly everyMs: number;
  readonly clusters: { readonly stable: string; readonly canary: string; readonly shield?: string };
  /** Of a tcp listener there are connections only to count; absent: requests. */
  readonly counts?: 'connections';
}
