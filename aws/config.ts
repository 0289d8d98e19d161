import * as v from 'valibot';
import { parseQuotas, type Quotas } from '#mesh/api/quotas.ts';

/** What every function knows of its stack, read once from its environment (Globals of template.yaml). */
export interface Config {
  readonly table: string;
  readonly bucket: string;
  /** Name of the stack. */
  readonly stack: string;
  /** 12-digit account that owns the meshes. */
  readonly owner: string;
  readonly region: string;
  readonly canaryArn: string;
  readonly healArn: string;
  /** The longest life of Weir credentials, in seconds. */
  readonly sessionMaxSeconds: number;
  /** How much of a kind the API takes; the template's `Quotas`. */
  readonly quotas: Quotas;
  /** KMS HMAC key of Weir credentials: only in the functions that issue or verify them. */
  readonly key?: string;
}

/** Names and values of the environment that keep a function from starting: all of them at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment of this function is not complete: ${problems.join('; ')}. Deploy template.yaml again.`);
    this.problems = problems;
  }
}

const text = v.pipe(v.string(), v.minLength(1, 'is empty'));
const seconds = v.pipe(v.string(), v.regex(/^\d+$/, 'is not a whole number of seconds'), v.transform(Number));

/** What a setting of quotas stands for; its own text says what is wrong. */
const quotas = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseQuotas(dataset.value);
    } catch (error) {
      addIssue({ message: (error as Error).message });
      return NEVER;
    }
  }),
);

const Environment = v.object({
  WEIR_TABLE: text,
  WEIR_BUCKET: text,
  WEIR_STACK: text,
  WEIR_OWNER: v.pipe(v.string(), v.regex(/^\d{12}$/, 'is not a 12-digit account')),
  AWS_REGION: text,
  WEIR_CANARY_ARN: text,
  WEIR_HEAL_ARN: text,
  WEIR_SESSION_MAX_SECONDS: seconds,
  WEIR_QUOTAS: v.optional(quotas, 'default'),
  WEIR_KEY: v.optional(text),
});

/** Reads the configuration. Throws one {@link ConfigError} that lists every missing or malformed variable. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const result = v.safeParse(Environment, environment);
  if (!result.success) throw new ConfigError(result.issues.map(problemOf));
  const { output } = result;
  return Object.freeze({
    table: output.WEIR_TABLE,
    bucket: output.WEIR_BUCKET,
    stack: output.WEIR_STACK,
    owner: output.WEIR_OWNER,
    region: output.AWS_REGION,
    canaryArn: output.WEIR_CANARY_ARN,
    healArn: output.WEIR_HEAL_ARN,
    sessionMaxSeconds: output.WEIR_SESSION_MAX_SECONDS,
    quotas: output.WEIR_QUOTAS,
    ...(output.WEIR_KEY !== undefined && { key: output.WEIR_KEY }),
  });
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const name = v.getDotPath(issue) ?? 'environment';
  return issue.input === undefined ? `${name} is missing` : `${name} ${issue.message}`;
}
