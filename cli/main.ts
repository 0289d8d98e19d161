#!/usr/bin/env node
import type { Caller } from '#aws/client/caller.ts';
import { exitCodes, Failure } from './failure.ts';
import { program, run } from './program.ts';
import type { Session } from './session.ts';
import { cacheDirectory, sessionCache } from './session-cache.ts';

/** Set while the AWS SDK looks for credentials: whatever it starts for that must not come back here. */
const LOOKING = 'WEIR_LOOKS_FOR_CREDENTIALS';

/** A profile whose `credential_process` is `weir credentials` would ask Weir for the keys to ask Weir with, for ever. */
async function callerOf(profile?: string): Promise<Caller> {
  if (process.env[LOOKING] !== undefined)
    throw new Failure(
      exitCodes.setup,
      `the profile ${process.env['AWS_PROFILE'] ?? 'in use'} gets its credentials from weir itself: ` +
        'add --profile with a profile of your own credentials to its credential_process.',
    );
  process.env[LOOKING] = '1';
  // Loading an AWS client takes longer than all the rest; --help must not pay for it.
  const module = await import('#aws/client/caller.ts');
  return module.callerOf(profile);
}

/** The question goes to stderr: stdout is the result alone. */
async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

const session: Session = {
  environment: process.env,
  directory: process.cwd(),
  print: (text) => void process.stdout.write(text),
  tell: (line) => void process.stderr.write(`${line}\n`),
  callerOf,
  stackOutput: async (...stack) => (await import('#aws/client/stack-output.ts')).stackOutput(...stack),
  ecsServices: async (access) => (await import('#aws/client/ecs-services.ts')).ecsServices(access),
  ask,
  fetch,
  now: Date.now,
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
};

const weir = program(session, sessionCache(cacheDirectory(process.env)));
process.exitCode = await run(weir, session, process.argv.slice(2));
