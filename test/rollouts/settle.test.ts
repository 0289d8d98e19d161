import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sidecar } from '#rollouts/ports.ts';
import { type Fact, type FactKind, type Facts, type Wait, waitNames } from '#rollouts/rollout.ts';
import { endingOf, type Situation, settle, usedUp } from '#rollouts/settle.ts';
import type { PlannedStep } from '#rollouts/types.ts';
import { node } from '../support/rollout.ts';

const facts: { readonly [K in FactKind]: Extract<Fact, { kind: K }> } = {
  hook: { kind: 'hook', serviceDeployment: 'arn', hookId: 'h', stage: 'POST_SCALE_UP', at: 1 },
  verdict: { kind: 'verdict', at: 1, reason: 'canary failed' },
  alarm: { kind: 'alarm', at: 1, reason: 'alarm' },
  ended: { kind: 'ended', at: 1, reason: 'circuit breaker' },
  superseded: { kind: 'superseded', at: 1, by: 'dep-3' },
  rollback: { kind: 'rollback', at: 1, actor: 'me' },
  promote: { kind: 'promote', at: 1, actor: 'me', step: 1 },
  skip: { kind: 'skip', at: 1, actor: 'me', step: 1 },
  full: { kind: 'full', at: 1, actor: 'me' },
  setWeight: { kind: 'setWeight', at: 1, actor: 'me', weight: 40 },
  approve: { kind: 'approve', at: 1, actor: 'me', gate: 'gates.start' },
  deny: { kind: 'deny', at: 1, actor: 'me', gate: 'gates.start' },
  pause: { kind: 'pause', at: 1, actor: 'me' },
  resume: { kind: 'resume', at: 1, actor: 'me' },
};

const task = (deployment: string, more: Partial<Sidecar> = {}): Sidecar => ({
  proxy: node(),
  task: `task of ${deployment}`,
  deployment,
  wanted: true,
  appliedRev: 7,
  ackedAt: 50,
  ready: true,
  ...more,
});

const both = [task('ecs-svc/1'), task('ecs-svc/2')];
const required = both.map(({ proxy, task: id }) => ({ proxy, task: id, rev: 7 }));

function situation(name: Wait['name'], known: readonly FactKind[] = [], more: Partial<Situation> = {}): Situation {
  return {
    wait: { name, token: 't', since: 0, seconds: 60, ...(name.endsWith('cks') && { required }) },
    facts: Object.fromEntries(known.map((kind) => [kind, facts[kind]])) as Facts,
    sidecars: both,
    now: 20_000,
    canary: 'ecs-svc/2',
    stable: ['ecs-svc/1'],
    holds: 'pauseHook',
    isUnchecked: false,
    given: 1,
    baselineSeconds: 60,
    ...more,
  };
}

/** Ten seconds at least, sixty at most, for some requests. */
const step: PlannedStep = {
  mode: 'traffic',
  weight: 5,
  seconds: 10,
  maxSeconds: 60,
  minRequests: 5,
  place: 'steps[0]',
  isLast: false,
};

const kind = (of: Situation) => settle(of)?.kind;

describe('every wait of a rollout that still goes forward', () => {
  const forward = waitNames.filter((name) => name !== 'zeroAcks' && name !== 'heal');

  test.each(forward)(
    '%s ends at once for a verdict, an alarm, an end by ECS, an operator and a newer deployment',
    (name) => {
      expect(kind(situation(name, ['verdict']))).toBe('failing');
      expect(kind(situation(name, ['ended']))).toBe('failing');
      expect(kind(situation(name, ['alarm']))).toBe('alarm');
      expect(kind(situation(name, ['rollback']))).toBe('rollback');
      expect(kind(situation(name, ['superseded', 'rollback', 'verdict', 'alarm', 'promote']))).toBe('superseded');
    },
  );
});

test('the way back ends by acknowledgement or a newer deployment, by nothing else', () => {
  const silent = { sidecars: both.map((one) => ({ ...one, appliedRev: 6 })) };

  expect(settle(situation('zeroAcks', ['verdict', 'alarm', 'rollback', 'promote', 'pause'], silent))).toBeUndefined();
  expect(kind(situation('zeroAcks', ['superseded'], silent))).toBe('superseded');
  expect(kind(situation('zeroAcks', ['verdict']))).toBe('acked');
});

describe('green', () => {
  test('needs the hook and each wanted task of the canary ready', () => {
    const starting = { sidecars: [...both, task('ecs-svc/2', { task: 'second', ready: false })] };

    expect(kind(situation('green'))).toBeUndefined();
    expect(kind(situation('green', ['hook'], starting))).toBeUndefined();
    expect(kind(situation('green', ['hook'], { sidecars: [task('ecs-svc/1')] }))).toBeUndefined();
    expect(kind(situation('green', ['hook']))).toBe('green');
  });

  test('is not meant by a hook before the scale-up: that is somebody else’s gate', () => {
    const early = { facts: { hook: { ...facts.hook, stage: 'PRE_SCALE_UP' } } };

    expect(settle(situation('green', [], early))).toBeUndefined();
  });

  test('needs one ready task where ECS does not hold', () => {
    expect(kind(situation('green', [], { holds: 'guardedRolling' }))).toBe('green');
  });

  test('tells how long the baseline still has to be, at least a second', () => {
    expect(settle(situation('green', ['hook']))?.seconds).toBe(60);
    expect(settle(situation('green', ['hook'], { reportingSince: 5000 }))?.seconds).toBe(45);
    expect(settle(situation('green', ['hook'], { reportingSince: -100_000 }))?.seconds).toBe(1);
  });
});

describe('observing', () => {
  test('goes on while nothing has happened', () => {
    expect(settle(situation('observe'))).toBeUndefined();
    expect(settle(situation('bake', ['hook']))).toBeUndefined();
  });

  test('pauses with what is left of the step', () => {
    expect(settle(situation('observe', ['pause']))).toMatchObject({ kind: 'pause', seconds: 40, wait: 'observe' });
    expect(kind(situation('paused', ['pause']))).toBeUndefined();
    expect(kind(situation('paused'))).toBe('resume');
  });

  test('fails when no task of the canary is left', () => {
    expect(kind(situation('observe', [], { sidecars: [task('ecs-svc/1')] }))).toBe('failing');
    expect(
      kind(situation('observe', [], { sidecars: [task('ecs-svc/1'), task('ecs-svc/2', { wanted: false })] })),
    ).toBe('failing');
  });

  test('of a rolling service notices that ECS has replaced every stable task; blue/green keeps them', () => {
    const replaced = { sidecars: [task('ecs-svc/2'), task('ecs-svc/1', { wanted: false })] };

    expect(kind(situation('observe', [], { ...replaced, holds: 'guardedRolling' }))).toBe('stableGone');
    expect(kind(situation('observe', [], replaced))).toBeUndefined();
    expect(kind(situation('bake', [], { ...replaced, holds: 'guardedRolling' }))).toBeUndefined();
    expect(kind(situation('paused', ['pause'], { ...replaced, holds: 'guardedRolling' }))).toBeUndefined();
  });
});

describe('an operator’s word', () => {
  test('moves a step on only if it was said in that step', () => {
    expect(kind(situation('observe', ['promote']))).toBe('promote');
    expect(kind(situation('observe', ['skip']))).toBe('skip');
    expect(kind(situation('observe', ['promote', 'skip'], { given: 2 }))).toBeUndefined();
  });

  test('that goes farther comes first', () => {
    expect(settle(situation('observe', ['promote', 'setWeight']))).toMatchObject({ kind: 'setWeight', weight: 40 });
    expect(kind(situation('observe', ['promote', 'setWeight', 'full']))).toBe('full');
  });

  test('for full weight is a promotion at full weight', () => {
    expect(kind(situation('bake', ['full'], { step: { ...step, isLast: true } }))).toBe('promote');
  });

  test('opens the gate it was said at, and no other', () => {
    const halt = { on: 'gates.start', since: 1, until: 9, reason: 'r' };

    expect(kind(situation('gate', ['approve'], { halt }))).toBe('cleared');
    expect(kind(situation('gate', ['approve', 'deny'], { halt }))).toBe('denied');
    expect(kind(situation('gate', ['approve'], { halt: { ...halt, on: 'gates.promotion' } }))).toBeUndefined();
  });

  test('is used up with the pause it ends; what goes to a weight stays until the weight is given', () => {
    expect(usedUp('promote')).toEqual(['promote', 'full', 'pause']);
    expect(usedUp('full')).not.toContain('full');
    expect(usedUp('setWeight')).not.toContain('setWeight');
    expect(usedUp('acked')).toEqual([]);
  });
});

describe('a step that asks for evidence', () => {
  const shown = (more: Partial<Situation> = {}) =>
    situation('observe', [], {
      step,
      confidence: { kind: 'confident', reason: 'enough', requests: 9, upperBound: 1 },
      ...more,
    });
  const longest = { ...situation('observe').wait, seconds: 60 };

  test('ends after its shortest time, once it has it', () => {
    expect(kind(shown({ now: 9000, wait: longest }))).toBeUndefined();
    expect(kind(shown({ now: 10_000, wait: longest }))).toBe('stepDone');
    expect(
      kind(shown({ confidence: { kind: 'inconclusive', reason: '', requests: 0, upperBound: 1 } })),
    ).toBeUndefined();
  });

  test('counts the time before a pause', () => {
    expect(kind(shown({ now: 3000, wait: { ...longest, seconds: 52 } }))).toBe('stepDone');
  });

  test('is not the bake of a service whose stable tasks are gone', () => {
    expect(kind(shown({ wait: { ...longest, name: 'bake' } }))).toBeUndefined();
  });
});

describe('acknowledgements', () => {
  test('end the wait when the last required sidecar has confirmed', () => {
    const behind = { sidecars: [task('ecs-svc/1'), task('ecs-svc/2', { appliedRev: 6 })] };

    expect(kind(situation('acks', [], behind))).toBeUndefined();
    expect(kind(situation('acks'))).toBe('acked');
  });

  test('end it at once when an Envoy refuses', () => {
    const refusing = task('ecs-svc/2', { appliedRev: 6, rejected: { rev: 7, type: 'Cluster', text: 'no' } });

    expect(settle(situation('acks', [], { sidecars: [task('ecs-svc/1'), refusing] }))).toMatchObject({
      kind: 'rejected',
      reason: 'Envoy of task task of ecs-svc/2 refused the change: no',
    });
  });
});

test('the order in which facts and sidecars came leaves no trace', () => {
  const kinds = fc.uniqueArray(fc.constantFrom(...(Object.keys(facts) as FactKind[])));
  const sidecar = fc.record({
    task: fc.constantFrom('a', 'b', 'c', 'd'),
    deployment: fc.constantFrom('ecs-svc/1', 'ecs-svc/2', 'ecs-svc/3'),
    wanted: fc.boolean(),
    ready: fc.boolean(),
    appliedRev: fc.integer({ min: 0, max: 8 }),
  });
  const sidecars = fc.uniqueArray(sidecar, { selector: ({ task: id }) => id });
  const holds = fc.constantFrom('pauseHook' as const, 'guardedRolling' as const);
  fc.assert(
    fc.property(fc.constantFrom(...waitNames), kinds, sidecars, holds, fc.nat(), (name, known, some, hold, seed) => {
      const tasks = some.map((one) => ({ ...one, proxy: node() }));
      const shuffled = [...tasks].sort(
        (a, b) => ((a.task.charCodeAt(0) * seed) % 7) - ((b.task.charCodeAt(0) * seed) % 7),
      );
      const one = settle(situation(name, known, { sidecars: tasks, holds: hold }));
      const other = settle(situation(name, [...known].reverse(), { sidecars: shuffled, holds: hold }));
      expect(other?.kind).toBe(one?.kind);
      expect(other?.seconds).toBe(one?.seconds);
    }),
  );
});

test('what ends a rollout is known before a weight is raised', () => {
  expect(endingOf({ verdict: facts.verdict }, false)).toEqual({ kind: 'failing', reason: 'canary failed' });
  expect(endingOf({ pause: facts.pause, promote: facts.promote, hook: facts.hook }, false)).toBeUndefined();
  expect(endingOf({ verdict: facts.verdict, alarm: facts.alarm }, true)).toBeUndefined();
  expect(endingOf({ ended: facts.ended }, true)).toMatchObject({ kind: 'failing' });
});
