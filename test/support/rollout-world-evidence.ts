import { type Evidence, foldReport, noEvidence } from '#rollouts/evidence.ts';
import type { EvidenceStore } from '#rollouts/ports.ts';
import { proxyName } from '#rollouts/proxy-name.ts';
import { front } from './rollout-world-mesh.ts';

/** Requests and failures. */
export type Counts = readonly [number, number];

/** What the sidecars of a world have reported. */
export class WorldEvidence implements EvidenceStore {
  /** It cannot be read any more. */
  isDown = false;
  #all = new Map<string, Map<string, Evidence>>();

  async all(id: string): ReturnType<EvidenceStore['all']> {
    if (this.isDown) throw Object.assign(new Error('throttled'), { name: 'ThrottlingException' });
    return [...(this.#all.get(id) ?? [])].map(([task, evidence]) => ({ proxy: proxyName(front), task, evidence }));
  }

  /** A sidecar's report of one second. */
  report(id: string, task: string, seq: number, stable: Counts, canary: Counts): void {
    const of = this.#all.get(id) ?? new Map<string, Evidence>();
    const counts = ([requests, failures]: Counts) => ({ requests, failures });
    const report = { seq, intervalMs: 1000, stable: counts(stable), canary: counts(canary), shielded: 0 };
    of.set(task, foldReport(of.get(task) ?? noEvidence, report));
    this.#all.set(id, of);
  }
}
