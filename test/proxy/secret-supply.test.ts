import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type SecretIssuer, SecretUnavailable } from '../../proxy/agent/acm.ts';
import { SecretSupply } from '../../proxy/agent/secret-supply.ts';

const arn = (id: string) => `arn:aws:acm:us-east-1:111122223333:certificate/${id}`;
const name = (id: string) => `acm-certificate:${arn(id)}`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function supplyFrom(issuer: SecretIssuer) {
  const events: string[] = [];
  const problems: (readonly string[])[] = [];
  const note = (event: string) => void events.push(event);
  const supply = new SecretSupply(
    issuer,
    1_500_000,
    { changed: () => note('changed'), problems: (texts) => void problems.push(texts) },
    { info: note, warn: note, error: note },
  );
  return { supply, events, problems };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

test('a secret is fetched when Envoy asks for it, once', async () => {
  const issuer = vi.fn<SecretIssuer>(async () => ({ chain: 'c', privateKey: 'k' }));
  const { supply, events } = supplyFrom(issuer);
  supply.wanted(new Set([name('a')]));
  supply.wanted(new Set([name('a')]));
  await settled();
  expect(issuer.mock.calls).toEqual([[{ kind: 'certificate', certificateArn: arn('a') }]]);
  expect([...supply.held.keys()]).toEqual([name('a')]);
  expect(events).toEqual(['secretHeld', 'changed']);
});

test('a renewed certificate reaches Envoy within the 35 minutes App Mesh took, an unchanged one is not sent again', async () => {
  let renewals = 0;
  const { supply, events } = supplyFrom(async () => ({ chain: renewals++ < 2 ? 'old' : 'new', privateKey: 'k' }));
  supply.wanted(new Set([name('a')]));
  await settled();
  const before = supply.held.get(name('a'));
  await vi.advanceTimersByTimeAsync(35 * 60_000);
  expect(supply.held.get(name('a'))).toBe(before);
  await vi.advanceTimersByTimeAsync(35 * 60_000);
  expect(supply.held.get(name('a'))).not.toBe(before);
  expect(events.filter((event) => event === 'changed')).toHaveLength(2);
});

test('a missing permission is named once, in the log and upwards, and is asked again until it is there', async () => {
  let denied = true;
  const { supply, events, problems } = supplyFrom(async () => {
    if (denied) throw new SecretUnavailable('acm:ExportCertificate', arn('a'), 'no', true);
    return { chain: 'c', privateKey: 'k' };
  });
  supply.wanted(new Set([name('a')]));
  await vi.advanceTimersByTimeAsync(20 * 60_000);
  expect(events).toEqual(['secretUnavailable']);
  expect(problems).toEqual([[`the task role may not acm:ExportCertificate on ${arn('a')}: no`]]);
  denied = false;
  await vi.advanceTimersByTimeAsync(6 * 60_000);
  expect(supply.held.has(name('a'))).toBe(true);
  expect(problems.at(-1)).toEqual([]);
});

test('one secret that cannot be had does not keep another back', async () => {
  const { supply } = supplyFrom(async (order) => {
    if (order.kind === 'certificate' && order.certificateArn === arn('a')) throw new Error('broken');
    return { chain: 'c', privateKey: 'k' };
  });
  supply.wanted(new Set([name('a'), name('b')]));
  await settled();
  expect([...supply.held.keys()]).toEqual([name('b')]);
});

test('what Envoy refused is not sent again until it is another one', async () => {
  let chain = 'bad';
  const { supply, problems } = supplyFrom(async () => ({ chain, privateKey: 'k' }));
  supply.wanted(new Set([name('a')]));
  await settled();
  supply.refused([name('a')], 'not PEM');
  expect(problems).toEqual([[`Envoy refused the secret ${name('a')}: not PEM`]]);
  await vi.advanceTimersByTimeAsync(35 * 60_000);
  expect(supply.held.has(name('a'))).toBe(false);
  chain = 'good';
  await vi.advanceTimersByTimeAsync(35 * 60_000);
  expect(supply.held.has(name('a'))).toBe(true);
  expect(problems.at(-1)).toEqual([]);
});

test('a secret nobody asks for any more is forgotten, even when it comes late', async () => {
  let give = (_: { chain: string; privateKey: string }) => {};
  const { supply } = supplyFrom(() => new Promise((resolve) => (give = resolve)));
  supply.wanted(new Set([name('a')]));
  supply.wanted(new Set());
  give({ chain: 'c', privateKey: 'k' });
  await settled();
  expect(supply.held.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
