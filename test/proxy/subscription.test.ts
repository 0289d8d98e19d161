import { describe, expect, test } from 'vitest';
import type { DeltaRequest } from '../../proxy/agent/delta-discovery.ts';
import { Subscription } from '../../proxy/agent/subscription.ts';
import { CLUSTER, ENDPOINTS, SECRET, VIRTUAL_HOST } from '../../proxy/agent/xds-type.ts';

const request = (fields: Partial<DeltaRequest>): DeltaRequest => ({
  ...{ type: '', subscribe: [], unsubscribe: [], held: new Map(), nonce: '' },
  ...fields,
});
const served = (versions: Record<string, string>) =>
  new Map(Object.entries(versions).map(([name, version]) => [name, { version, body: Buffer.from(name) }]));

describe('a subscription', () => {
  test('without names is one to everything, and is answered at once even when there is nothing', () => {
    const hosts = new Subscription(VIRTUAL_HOST);
    hosts.request(request({}));
    expect(hosts.respond(new Map(), false)).toMatchObject({ resources: [], removed: [] });
  });

  test('of an Envoy that holds everything already is answered by nothing', () => {
    const clusters = new Subscription(CLUSTER);
    clusters.request(request({ held: new Map([['a', '1']]) }));
    expect(clusters.respond(served({ a: '1' }), true)).toBeUndefined();
    expect(clusters.progress(served({ a: '1' }), served({ a: '1' }), true)).toBe('settled');
  });

  test('of an Envoy that holds more keeps it until it may be taken away', () => {
    const clusters = new Subscription(CLUSTER);
    clusters.request(request({ held: new Map(Object.entries({ a: '1', old: '1' })) }));
    expect(clusters.respond(served({ a: '1' }), false)).toBeUndefined();
    expect(clusters.respond(served({ a: '1' }), true)).toMatchObject({ resources: [], removed: ['old'] });
  });

  test('to a virtual host on demand that does not exist is told so by name, without a body, once', () => {
    const hosts = new Subscription(VIRTUAL_HOST);
    hosts.request(request({}));
    const first = hosts.respond(new Map(), false);
    hosts.request(request({ nonce: first?.nonce ?? '', subscribe: ['rds/ghost'] }));
    const second = hosts.respond(new Map(), false);
    expect(second).toMatchObject({ resources: [{ name: 'rds/ghost' }], removed: [] });
    expect(second?.resources[0]?.body).toBeUndefined();
    hosts.request(request({ nonce: second?.nonce ?? '' }));
    expect(hosts.respond(new Map(), false)).toBeUndefined();
  });

  test('to endpoints that do not exist is told that they are gone', () => {
    const endpoints = new Subscription(ENDPOINTS);
    endpoints.request(request({ subscribe: ['ghost'] }));
    expect(endpoints.respond(new Map(), false)).toMatchObject({ resources: [], removed: ['ghost'] });
  });

  test('to secrets is told nothing before there is one, then one at a time, and holds no stage up', () => {
    const secrets = new Subscription(SECRET);
    secrets.request(request({ subscribe: ['a', 'b'] }));
    expect(secrets.respond(new Map(), true)).toBeUndefined();
    const first = secrets.respond(served({ a: '1', b: '1', other: '1' }), true);
    expect(first).toMatchObject({ resources: [{ name: 'a' }], removed: [] });
    expect(secrets.progress(new Map(), served({ a: '1', b: '1' }), true)).toBe('settled');
    secrets.request(request({ nonce: first?.nonce ?? '' }));
    expect(secrets.respond(served({ a: '1', b: '1' }), true)).toMatchObject({ resources: [{ name: 'b' }] });
  });

  test('sends what was refused again when it is still served, and takes it back by name when it is not', () => {
    const clusters = new Subscription(CLUSTER);
    clusters.request(request({}));
    const refused = clusters.respond(served({ a: '1', bad: '1' }), false);
    const answer = clusters.request(request({ nonce: refused?.nonce ?? '', error: 'no' }));
    const versions = new Map(Object.entries({ a: '1', bad: '1' }));
    expect(answer).toEqual({ accepted: false, text: 'no', refused: versions });
    expect(clusters.respond(served({ a: '1' }), true)).toMatchObject({ resources: [{ name: 'a' }], removed: ['bad'] });
  });

  test('ignores an answer to anything but the response under way', () => {
    const clusters = new Subscription(CLUSTER);
    clusters.request(request({}));
    clusters.respond(served({ a: '1' }), false);
    expect(clusters.request(request({ nonce: 'Cluster:0' }))).toBeUndefined();
    expect(clusters.progress(served({ a: '1' }), served({ a: '1' }), false)).toBe('waiting');
  });
});
