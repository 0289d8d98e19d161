import { program, run } from '../../cli/program.ts';
import type { Session } from '../../cli/session.ts';
import type { SessionCache } from '../../cli/session-cache.ts';

/** A request that the command sent. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What came of a command line. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly sent: readonly Sent[];
}

export type Reply = { readonly status: number; readonly body: unknown } | Error;

/** A directory without `.local/run.json`. */
const NOWHERE = '/nonexistent';

/** The caller of all tests of the command, unless one says otherwise. */
export const caller = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'own secret' };

/** Runs `weir <line>` against a Weir that answers `replies` one after the other, the last one again and again. */
export async function weir(
  line: readonly string[],
  replies: readonly Reply[],
  overrides: Partial<Session> = {},
  cache: SessionCache = noCache,
): Promise<Outcome> {
  const sent: Sent[] = [];
  const stdout: string[] = [];
  const stderr: string[] = [];
  const session: Session = {
    environment: {},
    directory: NOWHERE,
    print: (text) => void stdout.push(text),
    tell: (text) => void stderr.push(`${text}\n`),
    callerOf: async () => ({ credentials: async () => caller, region: async () => 'eu-west-1' }),
    stackOutput: async () => undefined,
    ecsServices: () => Promise.reject(new Error('this command does not ask ECS')),
    ask: async () => undefined,
    fetch: async (url, { method = '', headers, body }) => {
      const reply = replies[Math.min(sent.length, replies.length - 1)] ?? new Error('nothing was to be sent');
      sent.push({ method, url, headers: headers as Record<string, string>, body: body && JSON.parse(String(body)) });
      if (reply instanceof Error) throw reply;
      return new Response(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body), reply);
    },
    now: () => Date.parse('2026-11-21T12:00:00Z'),
    sleep: async () => {},
    ...overrides,
  };
  const exitCode = await run(program(session, cache), session, line);
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join(''), sent };
}

const noCache: SessionCache = { read: () => undefined, write: () => {} };
