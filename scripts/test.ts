import { runChecks } from './check.ts';
import { type Count, countTests } from './count-tests.ts';

/** In order of cost: what fails cheaply fails first. */
const PROJECTS = ['unit', 'platform', 'e2e'];

/** `npm test`: every check, then every test; each check counts as one test. */
async function runAll(filters: string[]): Promise<Count> {
  const checks = await runChecks();
  const passed = checks.filter((check) => check.passed).length;
  const total = { passed, failed: checks.length - passed };
  for (const project of PROJECTS) {
    console.log(`\n── ${project} tests`);
    const count = await countTests(filters, { project: [project] });
    total.passed += count.passed;
    total.failed += count.failed;
  }
  return total;
}

const { passed, failed } = await runAll(process.argv.slice(2));
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
// The last line, by contract (design §6).
console.log(`\n${passed} passed, ${failed} failed`);
