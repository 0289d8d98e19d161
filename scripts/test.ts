import type { SerializedError, TestModule } from 'vitest/node';
import { type Reporter, startVitest } from 'vitest/node';
import { runChecks } from './check.ts';

type Count = { passed: number; failed: number };

/** In order of cost: what fails cheaply fails first. */
const PROJECTS = ['unit', 'platform', 'e2e'];

/** Counts tests as they end; a file that cannot be loaded and an error outside any test count as one failed test each. */
class Counter implements Reporter {
  readonly count: Count = { passed: 0, failed: 0 };

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const module of modules) this.#add(module);
    this.count.failed += errors.length;
  }

  #add(module: TestModule): void {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const failed = states.filter((state) => state === 'failed').length;
    this.count.passed += states.filter((state) => state === 'passed').length;
    this.count.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
  }
}

async function runProject(project: string, filters: string[]): Promise<Count> {
  const counter = new Counter();
  console.log(`\n── ${project} tests`);
  try {
    const options = {
      project: [project],
      watch: false,
      passWithNoTests: true,
      reporters: ['default' as const, counter],
    };
    const vitest = await startVitest('test', filters, options);
    await vitest.close();
    return counter.count;
  } catch (error) {
    console.error(error);
    return { ...counter.count, failed: counter.count.failed + 1 };
  }
}

async function runAll(filters: string[]): Promise<Count> {
  const checks = await runChecks();
  const passed = checks.filter((check) => check.passed).length;
  const total = { passed, failed: checks.length - passed };
  for (const project of PROJECTS) {
    const count = await runProject(project, filters);
    total.passed += count.passed;
    total.failed += count.failed;
  }
  return total;
}

const { passed, failed } = await runAll(process.argv.slice(2));
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
