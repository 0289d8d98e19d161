import { describe, expect, test } from 'vitest';
import type { CommandFact, Rollout, Verb } from '#rollouts/rollout.ts';
import type { PlannedStep } from '#rollouts/types.ts';
import { rulingOn } from '#rollouts/verbs.ts';
import { rollout } from '../support/rollout.ts';

const said = { at: 1, actor: 'arn:aws:iam::111122223333:user/me' };
const words: { readonly [V in Verb]: CommandFact } = {
  rollback: { kind: 'rollback', ...said },
  promote: { kind: 'promote', step: 1, ...said },
  full: { kind: 'full', ...said },
  skip: { kind: 'skip', step: 1, ...said },
  setWeight: { kind: 'setWeight', weight: 40, ...said },
  pause: { kind: 'pause', ...said },
  resume: { kind: 'resume', ...said },
  approve: { kind: 'approve', gate: 'gates.start', ...said },
  deny: { kind: 'deny', gate: 'gates.start', ...said },
};
const record = { weight: 5, appliedAt: 1, requiredSidecars: 1, ackedSidecars: 1 };
const step: PlannedStep = {
  mode: 'traffic',
  weight: 5,
  seconds: 9,
  maxSeconds: 9,
  minRequests: 0,
  place: 'steps[0]',
  isLast: false,
};
const before = { canary: { requests: 0, failures: 0, shielded: 0 }, stable: { requests: 0, failures: 0 } };

/** A rollout in its first step. */
const observing = (more: Partial<Rollout> = {}) =>
  rollout({ phase: 'observing', weight: 5, steps: [record], step: { ...step, before }, ...more });
const ruling = (of: Rollout, verb: Verb) => rulingOn(of, words[verb]).kind;

/** c: it counts, d: it is done already, r: it is refused. */
const table: Readonly<Record<string, readonly [Rollout, Readonly<Record<Exclude<Verb, 'approve' | 'deny'>, string>>]>> =
  {
    'before its tasks are up': [
      rollout({ phase: 'waitingForGreen' }),
      { rollback: 'c', promote: 'r', full: 'c', skip: 'r', setWeight: 'r', pause: 'c', resume: 'd' },
    ],
    'while it gathers its baseline': [
      rollout({ phase: 'gatheringBaseline', steps: [record] }),
      { rollback: 'c', promote: 'c', full: 'c', skip: 'r', setWeight: 'c', pause: 'c', resume: 'd' },
    ],
    'in a step': [
      observing(),
      { rollback: 'c', promote: 'c', full: 'c', skip: 'c', setWeight: 'c', pause: 'c', resume: 'd' },
    ],
    'in a pause': [
      observing({ phase: 'paused', facts: { pause: { kind: 'pause', ...said } } }),
      { rollback: 'c', promote: 'c', full: 'c', skip: 'c', setWeight: 'c', pause: 'd', resume: 'c' },
    ],
    'at a gate': [
      observing({ phase: 'awaitingApproval' }),
      { rollback: 'c', promote: 'r', full: 'c', skip: 'r', setWeight: 'r', pause: 'c', resume: 'd' },
    ],
    'outside its windows': [
      rollout({ phase: 'awaitingWindow' }),
      { rollback: 'c', promote: 'r', full: 'c', skip: 'r', setWeight: 'r', pause: 'c', resume: 'd' },
    ],
    'in its bake': [
      observing({ phase: 'baking', step: { ...step, weight: 100, isLast: true, before } }),
      { rollback: 'c', promote: 'c', full: 'c', skip: 'r', setWeight: 'c', pause: 'c', resume: 'd' },
    ],
    'while it is promoted': [
      observing({ phase: 'promoting' }),
      { rollback: 'c', promote: 'd', full: 'd', skip: 'r', setWeight: 'r', pause: 'r', resume: 'r' },
    ],
    'on its way back': [
      observing({ phase: 'rollingBack', facts: { rollback: { kind: 'rollback', ...said } } }),
      { rollback: 'd', promote: 'r', full: 'r', skip: 'r', setWeight: 'r', pause: 'r', resume: 'r' },
    ],
    'once superseded': [
      observing({ facts: { superseded: { kind: 'superseded', at: 1, by: 'dep-3' } } }),
      { rollback: 'r', promote: 'r', full: 'r', skip: 'r', setWeight: 'r', pause: 'r', resume: 'r' },
    ],
    'once rolled back': [
      rollout({ status: 'rolledBack' }),
      { rollback: 'd', promote: 'r', full: 'r', skip: 'r', setWeight: 'r', pause: 'r', resume: 'r' },
    ],
    'once promoted': [
      rollout({ status: 'promoted' }),
      { rollback: 'r', promote: 'd', full: 'd', skip: 'r', setWeight: 'r', pause: 'r', resume: 'r' },
    ],
    'when nothing is judged': [
      rollout({ kind: 'rollback', phase: 'gatheringBaseline', steps: [record] }),
      { rollback: 'c', promote: 'r', full: 'r', skip: 'r', setWeight: 'r', pause: 'c', resume: 'd' },
    ],
    'in a dry run': [
      observing({ policy: { ...rollout().policy, dryRun: true } }),
      { rollback: 'c', promote: 'c', full: 'c', skip: 'c', setWeight: 'r', pause: 'c', resume: 'd' },
    ],
  };

const letters: Readonly<Record<string, string>> = { counts: 'c', done: 'd', refused: 'r' };

describe.each(Object.keys(table))('%s', (state) => {
  const [of, wanted] = table[state] ?? [rollout(), {}];

  test.each(Object.entries(wanted))('%s is ruled on by the state: %s', (verb, letter) => {
    expect(letters[ruling(of, verb as Verb)]).toBe(letter);
  });

  test('every refusal says why', () => {
    for (const word of Object.values(words)) {
      const answer = rulingOn(of, word);
      if (answer.kind === 'refused') expect(answer.reason).toMatch(/^rollout dep-2 .{8,}/);
    }
  });
});

describe('an approval', () => {
  const halt = { on: 'gates.start', since: 1, until: 9e12, reason: 'r' };
  const atGate = (more: object = {}) => observing({ phase: 'awaitingApproval', halts: [{ ...halt, ...more }] });

  test('counts at a gate, once', () => {
    expect(ruling(atGate(), 'approve')).toBe('counts');
    expect(
      ruling({ ...atGate(), facts: { approve: { kind: 'approve', gate: 'gates.start', ...said } } }, 'approve'),
    ).toBe('done');
    expect(ruling(atGate({ end: 'approved' }), 'approve')).toBe('done');
    expect(ruling(atGate({ end: 'approved' }), 'deny')).toBe('refused');
    expect(ruling(observing(), 'approve')).toBe('refused');
  });

  test('is not for everybody', () => {
    expect(ruling(atGate({ approvers: ['arn:aws:iam::111122223333:user/me'] }), 'deny')).toBe('counts');
    expect(ruling(atGate({ approvers: ['arn:aws:iam::111122223333:user/you'] }), 'approve')).toBe('forbidden');
  });
});

test('a word on a step that was left since is done; on one that never was, refused', () => {
  expect(rulingOn(observing(), { kind: 'promote', step: 0, ...said }).kind).toBe('done');
  expect(rulingOn(observing(), { kind: 'skip', step: 2, ...said }).kind).toBe('refused');
});

test('a weight that the canary has, or is asked for already, is done', () => {
  expect(rulingOn(observing(), { kind: 'setWeight', weight: 5, ...said }).kind).toBe('done');
  const asked = observing({ facts: { setWeight: { kind: 'setWeight', weight: 40, ...said } } });
  expect(ruling(asked, 'setWeight')).toBe('done');
  expect(rulingOn(asked, { kind: 'setWeight', weight: 60, ...said }).kind).toBe('counts');
});

test('a rollout that has heard a thousand words hears but one more', () => {
  const history = Array.from({ length: 1000 }, () => ({ at: 1, what: 'pause' }));

  expect(ruling(observing({ history }), 'pause')).toBe('refused');
  expect(ruling(observing({ history }), 'rollback')).toBe('counts');
});
