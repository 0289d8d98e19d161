/** A thing that runs Envoy: a virtual node (`vn`) or a virtual gateway (`vg`). All its tasks share one snapshot. */
export interface ProxyId {
  /** 12-digit account that owns the mesh. */
  readonly owner: string;
  readonly mesh: string;
  readonly kind: 'vn' | 'vg';
  /** The virtual node's or gateway's App Mesh name. */
  readonly name: string;
}
