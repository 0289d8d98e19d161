import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ackTopic, clientId, newsTopic, proxyKey, segment, snapshotKey, taskTopic } from '#mesh/wire/names.ts';

const names = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }),
  fc.stringMatching(/^[a-z0-9_.~/+#*$-]{1,60}$/),
);
const proxies = fc.record({
  owner: fc.constant('123456789012'),
  mesh: names,
  kind: fc.constantFrom('vn' as const, 'vg' as const),
  name: names,
});
const task = 'f'.repeat(32);

describe('segments', () => {
  test('a plain name is its own segment', () => {
    expect(segment('orders-v2.shop_1')).toBe('orders-v2.shop_1');
  });

  test('any other name becomes a mark and the first 130 bits of its SHA-256', () => {
    expect(segment('svc.local/x y')).toMatch(/^_[a-z2-7]{26}$/);
    expect(segment('Orders')).not.toBe(segment('orders'));
  });

  test('a digest is written in base32 from its first bit', () => {
    // SHA-256("A") = 559aead0 8264d579 …: 01010 10110 01101 01110 … = k w n o …
    expect(segment('A').slice(1, 5)).toBe('kwno');
  });

  test('no name yields a character that means something in a topic, a key, a tag or a SPIFFE path', () => {
    fc.assert(fc.property(names, (name) => /^[a-z0-9_][a-z0-9_.-]{0,47}$/.test(segment(name))));
  });

  test('no two names share a segment', () => {
    fc.assert(fc.property(names, names, (a, b) => (a === b) === (segment(a) === segment(b))));
  });

  test('a name that looks like a hashed segment is hashed itself', () => {
    const hashed = segment('svc.local/x y');

    expect(segment(hashed)).not.toBe(hashed);
  });
});

describe('topics and keys', () => {
  test('topics keep within the broker’s seven slashes and 256 bytes, the rule prefix not counted', () => {
    fc.assert(
      fc.property(proxies, (proxy) => {
        const key = proxyKey(proxy);
        const basic = ackTopic('weir', key, task).replace('$aws/rules/weir_ack/', '');
        for (const topic of [newsTopic(key), taskTopic(key, task), basic]) {
          expect(topic.split('/').length - 1).toBeLessThanOrEqual(7);
          expect(Buffer.byteLength(topic)).toBeLessThanOrEqual(256);
        }
      }),
    );
  });

  test('a client id keeps within 128 bytes', () => {
    fc.assert(fc.property(proxies, (proxy) => Buffer.byteLength(clientId(proxy, task)) <= 128));
  });

  test('two proxies never share a key', () => {
    fc.assert(
      fc.property(proxies, proxies, (a, b) => {
        const same = a.mesh === b.mesh && a.kind === b.kind && a.name === b.name;
        expect(proxyKey(a) === proxyKey(b)).toBe(same);
      }),
    );
  });

  test('a snapshot’s key names its protocol version', () => {
    expect(snapshotKey('123456789012/shop/vn/orders')).toBe('snap/v1/123456789012/shop/vn/orders.json');
  });
});
