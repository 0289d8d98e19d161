import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { exitCodes, Failure, reasonOf } from './failure.ts';

const Fields = v.record(v.string(), v.unknown());

/** Reads a policy written in YAML or JSON; `-` is stdin. What its fields may be is the API's to say. Throws {@link Failure}. */
export async function readPolicyFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { parse } = await import('yaml');
  const name = file === '-' ? 'stdin' : file;
  let content: unknown;
  try {
    content = parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (cause) {
    throw new Failure(exitCodes.setup, `${name} cannot be read: ${reasonOf(cause).trimEnd()}`, { cause });
  }
  const fields = v.safeParse(Fields, content);
  if (fields.success && !Array.isArray(content)) return fields.output;
  throw new Failure(exitCodes.setup, `${name} is no policy: it must hold fields, like bakeSeconds: 600.`);
}
