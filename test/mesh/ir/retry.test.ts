import { describe, expect, test } from 'vitest';
import { DEFAULT_RETRY, retryPolicy, unknownEvents } from '#mesh/ir/retry.ts';

const policy = { maxRetries: 1, perRetryTimeout: { unit: 's', value: 5 } } as const;

/** The words of App Mesh's own `config_dump` for what a user declared. */
describe('a retry event', () => {
  test.each([
    ['server-error', ['reset', 'retriable-status-codes'], [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511]],
    ['gateway-error', ['reset', 'retriable-status-codes'], [502, 503, 504]],
    ['client-error', ['retriable-status-codes'], [409]],
    ['stream-error', ['refused-stream'], []],
  ])('%s of HTTP is retried as App Mesh retried it', (event, on, statusCodes) => {
    expect(retryPolicy({ ...policy, httpRetryEvents: [event] })).toMatchObject({ on, statusCodes });
  });

  test('of TCP is a connection that failed', () => {
    const { on, statusCodes } = retryPolicy({ ...policy, tcpRetryEvents: ['connection-error'] });
    expect([on, statusCodes]).toEqual([['connect-failure'], []]);
  });

  test.each(['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'] as const)(
    '%s of gRPC has the same name for Envoy',
    (event) => {
      const { on, statusCodes } = retryPolicy({ ...policy, grpcRetryEvents: [event] });
      expect([on, statusCodes]).toEqual([[event], []]);
    },
  );

  test('adds to the others', () => {
    const httpRetryEvents = ['gateway-error', 'client-error', 'stream-error'];
    expect(retryPolicy({ ...policy, httpRetryEvents })).toEqual({
      on: ['refused-stream', 'reset', 'retriable-status-codes'],
      statusCodes: [409, 502, 503, 504],
      retries: 1,
      perTryTimeoutMs: 5000,
    });
  });

  test('that App Mesh did not have is told', () => {
    expect(unknownEvents({ ...policy, httpRetryEvents: ['sever-error', 'client-error'] })).toEqual(['sever-error']);
    expect(unknownEvents(undefined)).toEqual([]);
  });
});

test('without a policy, App Mesh’s default rules', () => {
  expect(retryPolicy(undefined)).toBe(DEFAULT_RETRY);
});

test('with a maximum of 0 nothing is retried', () => {
  const httpRetryEvents = ['server-error'];
  expect(retryPolicy({ ...policy, maxRetries: 0, httpRetryEvents })).toMatchObject({ on: [], retries: 0 });
});
