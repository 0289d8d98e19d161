import type { Caller, CallerCredentials } from '#aws/client/caller.ts';
import type { EcsAccess, EcsServices } from '#aws/client/ecs-services.ts';
import type { StackAccess } from '#aws/client/stack-output.ts';

/** What a command reaches the world through; `main.ts` wires it, tests put their own in its place. */
export interface Session {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `.local/run.json` is looked for. */
  readonly directory: string;
  /** Writes to stdout as it is. */
  readonly print: (text: string) => void;
  /** Writes a line to stderr: progress and warnings. */
  readonly tell: (line: string) => void;
  readonly callerOf: (profile?: string) => Promise<Caller>;
  readonly stackOutput: (stack: string, output: string, access: StackAccess) => Promise<string | undefined>;
  readonly ecsServices: (access: EcsAccess) => Promise<EcsServices>;
  /** Asks on the terminal; `undefined` when there is none. */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly fetch: (url: string, request: RequestInit) => Promise<Response>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Where Weir is and as whom it is called. */
export interface Connection {
  /** Root of the stack's API, without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: CallerCredentials;
  /** Another ECS than the region's: the one of a local run. */
  readonly ecs?: string;
}
