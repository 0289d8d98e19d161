import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { exitCodes, Failure } from './failure.ts';

const Keys = v.object({ accessKeyId: v.string(), secretAccessKey: v.string(), sessionToken: v.string() });
const Run = v.object({
  weir: v.pipe(v.string(), v.url()),
  ecs: v.pipe(v.string(), v.url()),
  region: v.string(),
  iam: Keys,
});

/** What the commands need of a Weir that runs on this machine. */
export type LocalRun = v.InferOutput<typeof Run>;

/** The run that `npm start` or `npm run local` published in this directory; `undefined` when none is there. */
export function readRunFile(directory: string): LocalRun | undefined {
  const file = join(directory, '.local', 'run.json');
  if (!existsSync(file)) return undefined;
  try {
    return v.parse(Run, JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Failure(exitCodes.setup, `${file} is not what local mode writes: delete it, or give --endpoint.`, {
      cause,
    });
  }
}
