import { afterEach, expect, test } from 'vitest';
import type { Log } from '../../proxy/agent/log.ts';
import { PushChannel, type PushState } from '../../proxy/agent/push-channel.ts';
import { eventually } from './eventually.ts';
import { startRefusingBroker } from './refusing-broker.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

test('a subscription that the broker refuses is told from one that stands, and reports go up all the same', async () => {
  const broker = await startRefusingBroker();
  const states: PushState[] = [];
  const errors: unknown[] = [];
  const log: Log = {
    info: () => {},
    warn: () => {},
    error: (event, fields) => void errors.push([event, fields?.['topics']]),
  };
  const channel = new PushChannel({
    ...{
      host: 'abc-ats.iot.us-east-1.amazonaws.com',
      endpoint: broker.url,
      region: 'us-east-1',
      clientId: 'vn/front/t1',
    },
    ...{ topics: ['weir/all', 'weir/t1'], log, news: () => {}, changed: (state) => void states.push(state) },
    credentials: async () => ({ accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 'token' }),
  });
  ends.push(
    () => broker.close(),
    () => channel.stop(),
  );
  void channel.run();
  await eventually('an answer to SUBSCRIBE', () => states.length > 0, 5_000);
  expect(states).toEqual(['refused']);
  expect(errors).toEqual([['subscriptionRefused', ['weir/all']]]);
  await channel.publish('$aws/rules/weir_ack/p', '{}');
  expect(broker.published).toEqual(['$aws/rules/weir_ack/p']);
  expect(broker.requests).toEqual([
    expect.stringMatching(
      /^abc-ats\.iot\.us-east-1\.amazonaws\.com \/mqtt\?.*&X-Amz-Signature=\w{64}&X-Amz-Security-Token=token$/,
    ),
  ]);
});

test('nothing can be published while there is no session', async () => {
  const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
  const channel = new PushChannel({
    ...{ host: 'h', region: 'r', clientId: 'c', topics: [], log, news: () => {}, changed: () => {} },
    credentials: () => Promise.reject(new Error('no role')),
  });
  await expect(channel.publish('t', '{}')).rejects.toThrow('no session');
});
