import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Definition, readDefinition, type State } from '../support/state-machine.ts';

const root = join(import.meta.dirname, '../..');
const machines = ['canary', 'heal'] as const;

const sources = globSync('{aws,rollouts,functions}/**/*.ts', { cwd: root }).map((file) =>
  readFileSync(join(root, file), 'utf8'),
);

/** Names of the errors our functions can end with. */
const errorNames = new Set(sources.flatMap((text) => [...text.matchAll(/name = '(\w+)'/g)].map((match) => match[1])));

const next = ({ Next, Default, Choices = [], Catch = [] }: State): readonly string[] =>
  [Next, Default, ...Choices.map((rule) => rule.Next), ...Catch.map((catcher) => catcher.Next)].filter(
    (name) => name !== undefined,
  );

function reachable({ StartAt, States }: Definition): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [StartAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...next(States[name] ?? { Type: 'missing' }));
  }
  return seen;
}

describe.each(machines)('the %s machine', (name) => {
  const definition = readDefinition(name);
  const states = Object.entries(definition.States);
  const tasks = states.filter(([, { Type }]) => Type === 'Task');

  test('names only states it has, and reaches each of them', () => {
    const known = new Set(states.map(([state]) => state));

    expect(states.flatMap(([, state]) => next(state)).filter((state) => !known.has(state))).toEqual([]);
    expect(states.map(([state]) => state).filter((state) => !reachable(definition).has(state))).toEqual([]);
  });

  test('keeps to what Step Functions and its local stand-in do alike', () => {
    const allowed = new Set(['Task', 'Choice', 'Pass', 'Succeed', 'Fail']);
    const resources = new Set(['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken']);

    expect(states.filter(([, { Type }]) => !allowed.has(Type))).toEqual([]);
    expect(tasks.filter(([, { Resource = '' }]) => !resources.has(Resource))).toEqual([]);
    expect(JSON.stringify(definition)).not.toMatch(
      /QueryLanguage|HeartbeatSeconds|"States\.(?!ALL|TaskFailed|Timeout)/,
    );
  });

  test('bounds every task by its own timeout', () => {
    const bounded = ({ TimeoutSeconds, TimeoutSecondsPath }: State) =>
      (TimeoutSeconds === undefined) !== (TimeoutSecondsPath === undefined);

    expect(tasks.filter(([, state]) => !bounded(state))).toEqual([]);
  });

  test('retries and catches every task, last of all whatever error', () => {
    const last = (list: readonly { readonly ErrorEquals: readonly string[] }[] = []) => list.at(-1)?.ErrorEquals;

    expect(tasks.filter(([, { Retry }]) => last(Retry)?.[0] !== 'States.TaskFailed')).toEqual([]);
    expect(tasks.filter(([, { Catch }]) => last(Catch)?.[0] !== 'States.ALL')).toEqual([]);
  });

  test('never retries what a retry cannot mend', () => {
    for (const [, { Retry = [] }] of tasks)
      expect(Retry[0]).toEqual({ ErrorEquals: ['FenceLost', 'InvalidTaskInput', 'RolloutUnknown'], MaxAttempts: 0 });
  });

  test('names only errors that a function can end with', () => {
    const named = tasks.flatMap(([, { Retry = [], Catch = [] }]) =>
      [...Retry, ...Catch].flatMap((one) => one.ErrorEquals),
    );

    expect(named.filter((error) => !error.startsWith('States.') && !errorNames.has(error))).toEqual([]);
  });

  test('has a default for every choice', () => {
    expect(states.filter(([, state]) => state.Type === 'Choice' && state.Default === undefined)).toEqual([]);
  });

  test('is given every function it names by the template', () => {
    const template = readFileSync(join(root, 'template.yaml'), 'utf8');
    const block = template.slice(template.indexOf(`statemachines/${name}.asl.json`)).split('\n\n')[0] ?? '';
    const names = [...JSON.stringify(definition).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1] ?? '');

    expect([...new Set(names)].filter((one) => !block.includes(`${one}: !GetAtt`))).toEqual([]);
    expect([...new Set(names)].filter((one) => !block.includes(`- !GetAtt ${one.replace(/Arn$/, '')}.Arn`))).toEqual(
      [],
    );
  });
});

test('whatever goes wrong in the canary machine before its end leads to weight 0', () => {
  const { States } = readDefinition('canary');
  const forward = Object.entries(States).filter(
    ([name, { Type }]) =>
      Type === 'Task' && !/^(Finish|Roll back|Tell ECS|Wait for weight 0|Wait for the first)/.test(name),
  );

  expect(forward.length).toBeGreaterThan(12);
  for (const [, { Catch = [] }] of forward) expect(Catch.at(-1)?.Next).toBe('Roll back');
});
