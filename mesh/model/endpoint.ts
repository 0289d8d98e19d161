/**
 * How traffic reaches a task's Envoy. `transparent`: iptables redirects (proxyConfiguration APPMESH), peers dial ip:appPort.
 * `explicit`: no redirect, peers dial ip:15100+i for listener i and the app uses its sidecar as an HTTP proxy on 15001.
 */
export type Interception = 'transparent' | 'explicit';

/** First ingress port of a task in explicit mode; listener `i` (order of the spec) is at this + i. */
export const EXPLICIT_INGRESS_PORT = 15100;

/** One ECS task that serves a virtual node and may receive traffic now (RUNNING, wanted, its sidecar ready). */
export interface Endpoint {
  /** ECS task id (last segment of the task ARN). */
  readonly task: string;
  /** The ECS deployment that started it (`startedBy`, e.g. `ecs-svc/6177963417134325488`): the key of its variant. */
  readonly deployment: string;
  /** IPv4 address of the task. */
  readonly address: string;
  readonly interception: Interception;
  readonly availabilityZone?: string;
}
