import { apiBench } from './api.ts';
import { compileBench } from './compile.ts';
import { rollbackBench } from './rollback.ts';

const benches: Record<string, () => Promise<boolean>> = {
  api: apiBench,
  compile: compileBench,
  rollback: rollbackBench,
};

const [name = ''] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`npm run bench -- <name>, where <name> is one of: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
process.exit((await bench()) ? 0 : 1);
