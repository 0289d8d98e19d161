import type { Counts } from '#rollouts/rollout.ts';
import type { Rollout } from '../../local/story/weir-api.ts';
import { binomial, seeded } from '../support/random.ts';

/** What the control plane knew of the canary at some moment: counts since the rollout began. */
interface Sample extends Counts {
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Writes down, from the Weir API, what a canary does, so that other rules can be asked what they would have done. */
export class CanarySeconds {
  readonly #samples: Sample[] = [];

  /** To be called as often as one looks. */
  look(rollout: Rollout, at: number): void {
    const { requests = 0, failures = 0 } = rollout.evidence?.canary ?? {};
    if (requests > 0) this.#samples.push({ at, requests, failures });
  }

  /** Requests of each second that had a whole one's samples, from the first request to the last that is known. */
  seconds(): readonly Counts[] {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return [];
    const length = Math.max(1, Math.round((this.#lastNewAt() - first.at) / 1000));
    return Array.from({ length }, (_, second) => {
      const before = second === 0 ? { requests: 0, failures: 0 } : this.#by(first.at + second * 1000);
      const after = second === length - 1 ? last : this.#by(first.at + (second + 1) * 1000);
      return { requests: after.requests - before.requests, failures: after.failures - before.failures };
    });
  }

  #by(at: number): Counts {
    return this.#samples.findLast((sample) => sample.at <= at) ?? { requests: 0, failures: 0 };
  }

  /** When the counts rose for the last time: after that the canary had no traffic. */
  #lastNewAt(): number {
    const total = this.#samples.at(-1)?.requests ?? 0;
    return this.#samples.find(({ requests }) => requests === total)?.at ?? 0;
  }
}

/**
 * Those seconds, and then as many requests a second as they had, failing as often as the canary was made to: a slow rule needs
 * more seconds than the judge left, and repeating the few before a verdict would repeat the very failures that brought it.
 */
export function* continued(seconds: readonly Counts[], failPercent: number, length: number): Generator<Counts> {
  const random = seeded(20_261_121);
  yield* seconds;
  for (let at = seconds.length; at < length; at++) {
    const { requests = 0 } = seconds[at % seconds.length] ?? {};
    yield { requests, failures: binomial(random, requests, failPercent / 100) };
  }
}
