import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Notification } from '#rollouts/notification.ts';
import type { Rollout } from '#rollouts/rollout.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import { type NotifyPorts, notify } from '../../functions/notify/notify.ts';
import type { JsonPost } from '../../functions/notify/post-json.ts';
import { ForbiddenReceiverError } from '../../functions/notify/post-json.ts';
import { rollout as rolloutOf } from '../support/rollout.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:weir/ops-AbCdEf';
const KEY = 'a signing key of an operator';
const SLACK = 'https://hooks.slack.com/services/T0/B0/secret-part';

let rollout: Rollout | undefined;
let secret: string | Error;
let answers: (number | Error)[];
let posted: JsonPost[];
let queued: string[];
let deferred: [string, number][];
let laidAside: [string, string][];
let logged: string[];

const ports = (): NotifyPorts => {
  const line = (message: string, fields?: unknown) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  return {
    rollouts: { get: async (id) => (rollout?.id === id ? rollout : undefined) },
    queue: {
      send: async (body) => void queued.push(body),
      defer: async (receipt, seconds) => void deferred.push([receipt, seconds]),
    },
    undelivered: { send: async (body, reason) => void laidAside.push([body, reason]) },
    secret: async () => {
      if (secret instanceof Error) throw secret;
      return secret;
    },
    post: async (post) => {
      posted.push(post);
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    now: () => 1_700_000_000_900,
    log: { info: line, warn: line, error: line },
  };
};

const withReceivers = (...notifications: Notification[]): Rollout => {
  const base = rolloutOf({ status: 'rolledBack', reason: 'E = 120 for <a|b>', endedAt: 61_000, startedAt: 1000 });
  return { ...base, policy: { ...base.policy, notifications } };
};
const event = (detailType = 'Rollout Rolled Back'): string =>
  JSON.stringify({
    id: 'e-1',
    'detail-type': detailType,
    source: 'weir',
    time: '2026-11-21T12:00:00Z',
    detail: rollout === undefined ? {} : rolloutView(rollout),
  });
const message = (body: string, receives = 1) => ({ id: 'm-1', body, receipt: 'r-1', receives });
/** Spreads the event, then delivers everything that came of it. */
const tellAll = async (detailType?: string): Promise<readonly string[]> => {
  await notify(ports())([message(event(detailType))]);
  return notify(ports())(queued.map((body) => message(body)));
};

beforeEach(() => {
  rollout = withReceivers({ kind: 'webhook', url: 'https://ops.example.com/weir', secretArn: ARN });
  secret = JSON.stringify({ signingKey: KEY });
  [answers, posted, queued, deferred, laidAside, logged] = [[], [], [], [], [], []];
});

describe('an event', () => {
  test('becomes one message for each receiver that wants it, and none holds a URL', async () => {
    rollout = withReceivers(
      { kind: 'slack', url: SLACK },
      { kind: 'teams', secretArn: ARN, on: ['promoted'] },
      { kind: 'webhook', url: 'https://ops.example.com/weir', secretArn: ARN },
    );
    await notify(ports())([message(event())]);

    expect(queued.map((body) => JSON.parse(body).target)).toEqual([0, 2]);
    expect(queued.join()).not.toContain('https://');
    expect(posted).toEqual([]);
  });

  test('of another kind, or of a rollout nobody asked about, tells nobody', async () => {
    await notify(ports())([message(event('Something Else'))]);
    rollout = withReceivers();
    await notify(ports())([message(event())]);

    expect([queued, laidAside]).toEqual([[], []]);
  });
});

describe('a webhook', () => {
  test('is signed over its timestamp and its raw body, and says which delivery it is', async () => {
    await tellAll();
    const [{ url, headers, body } = { url: '', headers: {} as Record<string, string>, body: '' }] = posted;
    const mac = createHmac('sha256', KEY).update(`1700000000.${body}`).digest('hex');

    expect(url).toBe('https://ops.example.com/weir');
    expect(headers).toMatchObject({
      'weir-timestamp': '1700000000',
      'weir-signature': `v1=${mac}`,
      'weir-event': 'rolledBack',
      'weir-delivery': 'e-1-0',
    });
    expect(JSON.parse(body)).toMatchObject({ id: 'e-1', event: 'rolledBack', rollout: { id: rollout?.id } });
  });

  test('is never sent unsigned', async () => {
    secret = JSON.stringify({ url: 'https://ops.example.com/weir' });
    expect(await tellAll()).toEqual([]);

    expect(posted).toEqual([]);
    expect(laidAside[0]?.[1]).toContain('no signingKey');
  });

  test("prefers the secret's URL, and shows it nowhere", async () => {
    secret = JSON.stringify({ url: 'https://real.example.com/t0ken', signingKey: KEY });
    await tellAll();

    expect(posted[0]?.url).toBe('https://real.example.com/t0ken');
    expect(logged.join()).toContain('real.example.com');
    expect(logged.join()).not.toMatch(/t0ken|a signing key/);
  });
});

describe('a delivery that fails', () => {
  test.each([
    [1, 5],
    [2, 15],
    [3, 45],
    [5, 405],
    [7, 900],
  ])('for the %ith time is tried again after %i s', async (receives, seconds) => {
    answers = [503];
    await notify(ports())([message(event())]);

    expect(await notify(ports())([message(queued[0] ?? '', receives)])).toEqual(['m-1']);
    expect(deferred).toEqual([['r-1', seconds]]);
    expect(laidAside).toEqual([]);
  });

  test.each([429, 408, 500, Object.assign(new Error('10.0.0.1:443'), { code: 'ECONNREFUSED' })])(
    'with %s passes: it is tried again',
    async (answer) => {
      answers = [answer];
      expect(await tellAll()).toEqual(['m-1']);
      expect(logged.join()).not.toContain('10.0.0.1');
    },
  );

  test.each([
    [404, 'ops.example.com answered 404'],
    [301, 'ops.example.com answered 301'],
    [new ForbiddenReceiverError('the URL is not https'), 'may not be called: the URL is not https'],
  ])('with %s for good is laid aside with the reason', async (answer, reason) => {
    answers = [answer];
    expect(await tellAll()).toEqual([]);
    expect(laidAside).toEqual([[queued[0], expect.stringContaining(reason)]]);
  });

  test('because its secret cannot be read now is tried again', async () => {
    secret = new Error('throttled');
    expect(await tellAll()).toEqual(['m-1']);
  });

  test('because its secret is no JSON, or its rollout is forgotten, is laid aside', async () => {
    secret = 'plain text';
    await tellAll();
    rollout = undefined;
    await notify(ports())([message(queued[0] ?? '')]);

    expect(laidAside.map(([, reason]) => reason)).toEqual([
      expect.stringContaining('the secret is no JSON'),
      expect.stringContaining('is forgotten'),
    ]);
  });

  test('keeps no other from being delivered', async () => {
    rollout = withReceivers({ kind: 'slack', url: SLACK }, { kind: 'teams', url: 'https://teams.example.com/w' });
    answers = [503];
    await notify(ports())([message(event())]);
    const again = await notify(ports())(queued.map((body, index) => ({ ...message(body), id: `m-${index}` })));

    expect([again, posted.length]).toEqual([['m-0'], 2]);
  });
});

test('a message that nobody can read is laid aside', async () => {
  expect(await notify(ports())([message('{]')])).toEqual([]);
  expect(laidAside.map(([body]) => body)).toEqual(['{]']);
});
