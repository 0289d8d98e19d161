import { expect, test } from 'vitest';
import { rolloutClients } from '#aws/rollout-clients.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Rollout } from '#rollouts/rollout.ts';

const proxy = (name: string): ProxyId => ({ owner: '111122223333', mesh: 'shop', kind: 'vn', name });

function world(status: Rollout['status'] = 'running') {
  const now = { at: 0 };
  const reads = { count: 0, fail: false };
  const isClient = rolloutClients(
    {
      get: async () => {
        reads.count++;
        if (reads.fail) throw new Error('throttled');
        return { status, node: proxy('orders') } as Rollout;
      },
    },
    { clientsOf: async () => [proxy('web')] },
    () => now.at,
  );
  return { isClient, now, reads };
}

test('those take part that send requests to what is rolled out', async () => {
  const { isClient } = world();

  expect([await isClient('dep-1', proxy('web')), await isClient('dep-1', proxy('batch'))]).toEqual([true, false]);
});

test('nobody takes part in a rollout that is over', async () => {
  expect(await world('promoted').isClient('dep-1', proxy('web'))).toBe(false);
});

test('an answer stands for ten seconds: a sidecar reports every one', async () => {
  const { isClient, now, reads } = world();
  for (const at of [0, 1000, 9999, 10_001]) {
    now.at = at;
    await isClient('dep-1', proxy('web'));
  }

  expect(reads.count).toBe(2);
});

test('a failed reading is not remembered', async () => {
  const { isClient, reads } = world();
  reads.fail = true;
  await expect(isClient('dep-1', proxy('web'))).rejects.toThrow('throttled');
  reads.fail = false;

  expect(await isClient('dep-1', proxy('web'))).toBe(true);
});

test('ids that somebody makes up do not fill the memory: old answers are let go', async () => {
  const { isClient, reads } = world();
  await isClient('dep-1', proxy('web'));
  for (let made = 0; made < 1000; made++) await isClient(`dep-made-up-${made}`, proxy('web'));
  const before = reads.count;
  await isClient('dep-1', proxy('web'));

  expect(reads.count).toBe(before + 1);
});
