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
}

export interface FilterChainIr {
  readonly name: string;
  /** Absent parts match everything; a chain without any is the listener's default. */
  readonly match: { readonly destinationPort?: number; readonly serverNames?: readonly string[] };
  readonly filter: HttpFilterIr | TcpFilterIr;
  readonly accessLog?: AccessLogIr;
}

/** The protocol that a spec gives a port. */
export type ProtocolIr = 'http' | 'http2' | 'grpc' | 'tcp';

export interface HttpFilterIr {
  readonly kind: 'http';
  /** What the spec calls the port; either version of HTTP is accepted. Egress, where services of several kinds may share a port: `http`. */
  readonly protocol: Exclude<ProtocolIr, 'tcp'>;
  readonly statPrefix: string;
  readonly routeConfiguration: string;
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
}

export interface RouteIr {
  readonly name: string;
  readonly match: RouteMatchIr;
  readonly action: ForwardIr | RespondIr;
}

export interface RouteMatchIr {
  readonly path: PathMatchIr;
  readonly method?: string;
  readonly headers: readonly HeaderMatchIr[];
  readonly query: readonly QueryMatchIr[];
}

export interface PathMatchIr {
  readonly kind: 'prefix' | 'exact' | 'regex';
  readonly value: string;
}

export interface HeaderMatchIr {
  readonly name: string;
  readonly invert: boolean;
  readonly value:
    | { readonly kind: 'present' }
    | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'regex'; readonly text: string }
    /** Half-open: [start, end). */
    | { readonly kind: 'range'; readonly start: number; readonly end: number };
}

export interface QueryMatchIr {
  readonly name: string;
  /** Absent: the parameter must be there, with any value. */
  readonly exact?: string;
}

export interface RespondIr {
  readonly kind: 'respond';
  readonly status: number;
}

export interface ForwardIr {
  readonly kind: 'forward';
  /** Sorted by cluster, each cluster once; weights are relative and sum to more than 0. */
  readonly targets: readonly TargetIr[];
  readonly timeoutMs: number;
  /** Absent: Envoy's own default. */
  readonly idleTimeoutMs?: number;
  readonly retry?: RetryIr;
  readonly rewrite?: { readonly prefix: string } | { readonly path: string };
  readonly hostRewrite?: string;
}

export interface TargetIr {
  readonly cluster: string;
  readonly weight: number;
  /** This is a node's canary; `shield` names the aggregate with stable that stands in for it. */
  readonly canary?: { readonly shield?: string };
}

export interface RetryIr {
  /** Envoy's `retry_on` words. */
  readonly on: readonly string[];
  readonly statusCodes: readonly number[];
  readonly retries: number;
  readonly perTryTimeoutMs: number;
}

export type ClusterIr = EdsClusterIr | DnsClusterIr | LocalClusterIr | OriginalDestinationClusterIr | ShieldClusterIr;

/** The members of one variant of a virtual node, pushed as they come and go. */
export interface EdsClusterIr {
  readonly kind: 'eds';
  readonly name: string;
  readonly protocol: ProtocolIr;
  readonly endpoints: readonly EndpointIr[];
  readonly outlierDetection?: OutlierDetectionIr;
}

export interface EndpointIr {
  readonly address: string;
  readonly port: number;
  readonly zone?: string;
}

export interface DnsClusterIr {
  readonly kind: 'dns';
  readonly name: string;
  readonly protocol: ProtocolIr;
  readonly hostname: string;
  readonly port: number;
  /** `one`: any one address of the answer (a load balancer); `all`: every address is an endpoint. */
  readonly addresses: 'one' | 'all';
  readonly family: 'AUTO' | 'V4_PREFERRED' | 'V4_ONLY' | 'V6_ONLY';
  readonly outlierDetection?: OutlierDetectionIr;
}

/** The proxy's own application. */
export interface LocalClusterIr {
  readonly kind: 'local';
  readonly name: string;
  readonly protocol: ProtocolIr;
  readonly port: number;
  /** Absent limits are unlimited. */
  readonly pool: { readonly maxConnections?: number; readonly maxPendingRequests?: number };
}

/** Wherever the redirected connection was going. */
export interface OriginalDestinationClusterIr {
  readonly kind: 'original-destination';
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
}
