import type { OutlierDetection } from '#mesh/model/spec.gen.ts';
import { uint32 } from './bounded.ts';
import { milliseconds } from './duration.ts';
import type { OutlierDetectionIr } from './proxy-ir.ts';

/** Envoy's own default of both times, for a duration without a value. */
const ENVOY_INTERVAL_MS = 10_000;
const ENVOY_BASE_EJECTION_MS = 30_000;

/** A target listener's outlier detection, which acts in each of its clients. */
export function outlierDetection(declared: OutlierDetection | undefined): { outlierDetection?: OutlierDetectionIr } {
  if (declared === undefined) return {};
  return {
    outlierDetection: {
      maxServerErrors: uint32(declared.maxServerErrors),
      intervalMs: milliseconds(declared.interval) ?? ENVOY_INTERVAL_MS,
      baseEjectionMs: milliseconds(declared.baseEjectionDuration) ?? ENVOY_BASE_EJECTION_MS,
      maxEjectionPercent: declared.maxEjectionPercent,
    },
  };
}
