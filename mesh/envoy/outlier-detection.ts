import type { ClusterJson } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import type { OutlierDetectionIr } from '#mesh/ir/proxy-ir.ts';
import { duration } from './duration.ts';

/** A cluster's outlier detection, where the target declares one. */
export function outlierDetection(declared: OutlierDetectionIr | undefined): Pick<ClusterJson, 'outlierDetection'> {
  if (declared === undefined) return {};
  const { maxServerErrors, intervalMs, baseEjectionMs, maxEjectionPercent } = declared;
  return {
    outlierDetection: {
      consecutive5xx: maxServerErrors,
      interval: duration(intervalMs),
      baseEjectionTime: duration(baseEjectionMs),
      maxEjectionPercent,
      // App Mesh's Envoy ejected one host whatever the percentage; since 1.30 that has to be said.
      ...(maxEjectionPercent > 0 && { alwaysEjectOneHost: true }),
      // Envoy also ejects by success rate unless told not to: nobody declared that.
      enforcingSuccessRate: 0,
    },
  };
}
