import { uint32 } from './bounded.ts';
import { milliseconds } from './duration.ts';
import type { NodeListener } from './node-listener.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { OutlierDetectionIr } from './proxy-ir.ts';

/** Envoy's own defaults, for a duration without a value or of 0, which it refuses. */
const DEFAULTS_MS = { interval: 10_000, baseEjectionDuration: 30_000 } as const;

/** A target listener's outlier detection, which acts in each of its clients. */
export function outlierDetection(
  draft: ProxyDraft,
  target: NodeListener,
): { readonly outlierDetection?: OutlierDetectionIr } {
  const declared = target.listener.outlierDetection;
  if (declared === undefined) return {};
  return {
    outlierDetection: {
      maxServerErrors: uint32(declared.maxServerErrors),
      intervalMs: time(draft, target, 'interval'),
      baseEjectionMs: time(draft, target, 'baseEjectionDuration'),
      maxEjectionPercent: declared.maxEjectionPercent,
    },
  };
}

function time(draft: ProxyDraft, { node, listener, position }: NodeListener, field: keyof typeof DEFAULTS_MS): number {
  const declared = milliseconds(listener.outlierDetection?.[field]);
  if (declared === 0) {
    const place = { resource: node, path: `spec.listeners[${position}].outlierDetection.${field}` };
    report(draft, 'invalid', place, `is 0; must be longer: ${DEFAULTS_MS[field]} ms count in its place`);
  }
  return declared || DEFAULTS_MS[field];
}
