import { encode } from './envoy/encode.ts';
import { translate } from './envoy/translate.ts';
import { type BuildOptions, buildProxy } from './ir/build-proxy.ts';
import type { Finding } from './ir/finding.ts';
import type { HostOrigin } from './ir/host-origin.ts';
import type { CanaryIr } from './ir/proxy-ir.ts';
import type { MeshView } from './model/mesh-view.ts';
import type { ProxyId } from './model/proxy-id.ts';
import type { WireResources } from './wire/snapshot.ts';

/** What one proxy is to be sent, and what its owner should know about it. */
export interface CompiledProxy {
  readonly resources: WireResources;
  readonly findings: readonly Finding[];
  /** Where the virtual hosts come from that lead to declared services, by name. */
  readonly origins: ReadonlyMap<string, HostOrigin>;
  readonly appPorts: readonly number[];
  /** What its sidecars count for running rollouts: the snapshot's telemetry orders, with the virtual node of each. */
  readonly canaries: readonly CanaryIr[];
}

/**
 * Compiles one proxy from a mesh: pure, and the same bytes and versions for the same mesh in whatever order it comes.
 * Never throws for what users wrote; see {@link Finding}.
 */
export function compile(view: MeshView, proxy: ProxyId, options: BuildOptions): CompiledProxy {
  const { ir, findings, origins } = buildProxy(view, proxy, options);
  const { appPorts, canaries } = ir;
  return { resources: encode(translate(ir)), findings, origins, appPorts, canaries };
}
