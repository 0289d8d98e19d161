import type {
  GatewayRouteSpec,
  MeshSpec,
  RouteSpec,
  VirtualGatewaySpec,
  VirtualNodeSpec,
  VirtualRouterSpec,
  VirtualServiceSpec,
} from './spec.gen.ts';

/** The spec of each of App Mesh's seven resource kinds, keyed by the kind's name as it stands in ARNs. */
export interface SpecOf {
  readonly mesh: MeshSpec;
  readonly virtualNode: VirtualNodeSpec;
  readonly virtualRouter: VirtualRouterSpec;
  readonly route: RouteSpec;
  readonly virtualService: VirtualServiceSpec;
  readonly virtualGateway: VirtualGatewaySpec;
  readonly gatewayRoute: GatewayRouteSpec;
}

export type ResourceKind = keyof SpecOf;

/** What names one resource: unique in an account. `parent` is the virtual router of a route, the virtual gateway of a gateway route. */
export interface ResourceId<K extends ResourceKind = ResourceKind> {
  readonly kind: K;
  /** 12-digit account that owns the mesh. */
  readonly owner: string;
  readonly mesh: string;
  readonly parent?: string;
  /** For `kind: 'mesh'` the mesh's own name. */
  readonly name: string;
}

/** One stored App Mesh resource; `spec` is exactly what the client sent (an added default would be Terraform drift). */
export interface Resource<K extends ResourceKind = ResourceKind> extends ResourceId<K> {
  readonly spec: SpecOf[K];
  readonly uid: string;
  /** Starts at 1, +1 for each update. */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds. */
  readonly lastUpdatedAt: number;
}
