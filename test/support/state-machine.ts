import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A state machine definition as far as the tests read it (Amazon States Language, JSONPath). */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** One state; absent fields are those its type does not have. */
export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly Parameters?: Json;
  readonly InputPath?: string;
  readonly ResultSelector?: Json;
  readonly ResultPath?: string | null;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly ResultPath?: string;
    readonly Next: string;
  }[];
  readonly Choices?: readonly (Rule & { readonly Next: string })[];
  readonly Default?: string;
  readonly Error?: string;
}

interface Rule {
  readonly And?: readonly Rule[];
  readonly Variable?: string;
  readonly StringEquals?: string;
  readonly BooleanEquals?: boolean;
}

type Json = unknown;

/** Far more than any rollout needs. */
const MOST_STATES = 2000;

let tokens = 0;
/** No two waits of any execution have one token. */
const nextToken = (): number => ++tokens;

/** Reads `statemachines/<name>.asl.json`. */
export function readDefinition(name: string): Definition {
  const file = fileURLToPath(new URL(`../../statemachines/${name}.asl.json`, import.meta.url));
  return JSON.parse(readFileSync(file, 'utf8')) as Definition;
}

/** Runs a task's function; `name` is the substitution that stands for its ARN, e.g. `ShiftWeightArn`. */
export type Invoke = (name: string, payload: Json) => Promise<Json>;

/** Why an execution stands still. */
export type Standing =
  | { readonly kind: 'waiting'; readonly state: string; readonly token: string; readonly seconds: number }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * An execution in memory, with the semantics of Step Functions for the subset we use: task tokens, Retry and Catch by
 * error name, JSONPath references. Time is the caller's: a wait ends by `succeed` or `timeout`.
 */
export class Execution {
  readonly path: string[] = [];
  #definition: Definition;
  #invoke: Invoke;
  #data: Json;
  #state: string;
  #standing: Standing | undefined;

  constructor(definition: Definition, input: Json, invoke: Invoke) {
    this.#definition = definition;
    this.#invoke = invoke;
    this.#data = input;
    this.#state = definition.StartAt;
  }

  get standing(): Standing | undefined {
    return this.#standing;
  }

  /** Goes on until the next wait or the end. */
  async run(): Promise<Standing> {
    while (this.#standing === undefined) await this.#enter();
    return this.#standing;
  }

  /** Answers the token; false when nobody waits for it any more. */
  succeed(token: string, output: Json): boolean {
    const standing = this.#standing;
    if (standing?.kind !== 'waiting' || standing.token !== token) return false;
    this.#standing = undefined;
    this.#leave(this.#now, output);
    return true;
  }

  timeout(): void {
    this.#standing = undefined;
    this.#fail(this.#now, 'States.Timeout', '');
  }

  get #now(): State {
    const state = this.#definition.States[this.#state];
    if (state === undefined) throw new Error(`no state "${this.#state}"`);
    return state;
  }

  async #enter(): Promise<void> {
    const state = this.#now;
    this.path.push(this.#state);
    if (this.path.length > MOST_STATES)
      throw new Error(`it goes round in circles: ${this.path.slice(-20).join(' → ')}`);
    if (state.Type === 'Succeed') this.#standing = { kind: 'succeeded' };
    else if (state.Type === 'Fail') this.#standing = { kind: 'failed', error: state.Error ?? '' };
    else if (state.Type === 'Choice') this.#state = this.#choose(state);
    else if (state.Type === 'Pass')
      this.#leave(state, this.#resolve(state.Parameters ?? { $: state.InputPath ?? '$' }));
    else await this.#task(state);
  }

  async #task(state: State): Promise<void> {
    const token = `${this.#state}#${nextToken()}`;
    const { FunctionName, Payload } = this.#resolve(state.Parameters, token) as { FunctionName: string; Payload: Json };
    const waits = state.Resource?.endsWith('.waitForTaskToken') === true;
    // The function may answer its own token before it returns.
    if (waits) this.#standing = { kind: 'waiting', state: this.#state, token, seconds: this.#seconds(state) };
    try {
      const answer = await this.#attempts(state, FunctionName.slice(2, -1), Payload);
      if (!waits) this.#leave(state, { Payload: answer });
    } catch (error) {
      this.#standing = undefined;
      const { name, message } = error as Error;
      this.#fail(state, name, JSON.stringify({ errorType: name, errorMessage: message }));
    }
  }

  async #attempts(state: State, name: string, payload: Json): Promise<Json> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#invoke(name, structuredClone(payload));
      } catch (error) {
        const retrier = state.Retry?.find((one) => matches(one.ErrorEquals, (error as Error).name));
        if (attempt > (retrier?.MaxAttempts ?? 0)) throw error;
      }
    }
  }

  #seconds({ TimeoutSeconds, TimeoutSecondsPath }: State): number {
    const seconds = TimeoutSecondsPath === undefined ? TimeoutSeconds : this.#at(TimeoutSecondsPath);
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1)
      throw new Error(`"${this.#state}" waits ${String(seconds)} seconds`);
    return seconds;
  }

  #leave(state: State, result: Json): void {
    const selected = state.ResultSelector === undefined ? result : this.#resolve(state.ResultSelector, '', result);
    this.#data = placed(this.#data, state.ResultPath, selected);
    if (state.End) this.#standing = { kind: 'succeeded' };
    else this.#state = state.Next ?? '';
  }

  #fail(state: State, name: string, cause: string): void {
    const catcher = state.Catch?.find((one) => matches(one.ErrorEquals, name));
    if (catcher === undefined) {
      this.#standing = { kind: 'failed', error: name };
      return;
    }
    this.#data = placed(this.#data, catcher.ResultPath, { Error: name, Cause: cause });
    this.#state = catcher.Next;
  }

  #choose({ Choices = [], Default }: State): string {
    const next = Choices.find((rule) => this.#holds(rule))?.Next ?? Default;
    if (next === undefined) throw new Error(`States.NoChoiceMatched in "${this.#state}"`);
    return next;
  }

  #holds({ And, Variable = '$', StringEquals, BooleanEquals }: Rule): boolean {
    if (And !== undefined) return And.every((rule) => this.#holds(rule));
    return this.#at(Variable) === (StringEquals ?? BooleanEquals);
  }

  #resolve(template: Json, token = '', data = this.#data): Json {
    if (typeof template !== 'object' || template === null) return template;
    if (Array.isArray(template)) return template.map((one) => this.#resolve(one, token, data));
    if ('$' in template) return at(String((template as { $: string }).$), data, token);
    const entries = Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), at(String(value), data, token)]
        : [key, this.#resolve(value, token, data)],
    );
    return Object.fromEntries(entries);
  }

  #at(path: string): Json {
    return at(path, this.#data, '');
  }
}

function at(path: string, data: Json, token: string): Json {
  if (path === '$$.Task.Token') return token;
  let value: Json = data;
  for (const name of path.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || !(name in value))
      throw new Error(`States.Runtime: ${path} is not in ${JSON.stringify(data)}`);
    value = (value as Record<string, Json>)[name];
  }
  return value;
}

function placed(data: Json, path: string | null | undefined, value: Json): Json {
  if (path === null) return data;
  if (path === undefined || path === '$') return value;
  return { ...(data as object), [path.slice(2)]: value };
}

function matches(names: readonly string[], error: string): boolean {
  if (names.includes('States.ALL') || names.includes(error)) return true;
  return names.includes('States.TaskFailed') && error !== 'States.Timeout';
}
