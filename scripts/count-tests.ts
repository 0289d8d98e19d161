import type { SerializedError, TestModule } from 'vitest/node';
import { type CliOptions, type Reporter, startVitest } from 'vitest/node';

/** Tests that passed and that failed; skipped ones are neither. */
export type Count = { passed: number; failed: number };

/**
 * Counts tests when they are done; a file that cannot be loaded and an error outside any test are one failed test each.
 * Says which tests were skipped for a reason: what this machine lacks is not to look like a success.
 */
class Counter implements Reporter {
  readonly count: Count = { passed: 0, failed: 0 };

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const module of modules) this.#add(module);
    this.count.failed += errors.length;
    for (const line of modules.flatMap(skippedFor)) console.log(line);
  }

  #add(module: TestModule): void {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const failed = states.filter((state) => state === 'failed').length;
    this.count.passed += states.filter((state) => state === 'passed').length;
    this.count.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
  }
}

/** `skipped: 7 tests of test/a.test.ts, because …`, for each reason a test gave. */
function skippedFor(module: TestModule): readonly string[] {
  const reasons = new Map<string, number>();
  for (const test of module.children.allTests()) {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : undefined;
    if (note !== undefined) reasons.set(note, (reasons.get(note) ?? 0) + 1);
  }
  return [...reasons].map(([note, tests]) => `skipped: ${tests} tests of ${module.relativeModuleId}, because ${note}`);
}

/** Runs vitest once, its own report streamed as ever. A run that breaks down counts as a failed test: never throws. */
export async function countTests(filters: string[], options: CliOptions): Promise<Count> {
  const counter = new Counter();
  try {
    const vitest = await startVitest('test', filters, {
      ...options,
      watch: false,
      passWithNoTests: true,
      reporters: ['default', counter],
    });
    await vitest.close();
    return counter.count;
  } catch (error) {
    console.error(error);
    return { ...counter.count, failed: counter.count.failed + 1 };
  }
}
