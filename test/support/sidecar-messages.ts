import type { Message } from '#aws/subscriber.ts';
import type { ProxyReport, TelemetryReport } from '#mesh/wire/report.ts';
import { TASK } from './event-world.ts';

/** Who the broker says sent a message, on which topic. */
export interface Sender {
  readonly principal?: string;
  readonly topic?: string;
  readonly id?: string;
}

const ORDERS = '111122223333/shop/vn/orders';

/** A message as the IoT rules put it into a queue: whatever was published, and the broker's word on who did. */
export function ruleMessage(payload: string, { principal, topic, id = 'message-1' }: Sender = {}): Message {
  const body = {
    report: Buffer.from(payload).toString('base64'),
    principal: principal ?? `AROAEXAMPLE:${TASK}`,
    client: `vn/orders/${TASK}`,
    topic: topic ?? `${ORDERS}/${TASK}`,
  };
  return { id, body: JSON.stringify(body) };
}

/** An acknowledgement of the task of `event-world`. */
export function ackMessage(report: Partial<ProxyReport> & Record<string, unknown> = {}, sender: Sender = {}): Message {
  const whole = {
    v: 1,
    protocol: [1, 1],
    agent: '0.1.0',
    envoy: '1.40.0',
    rev: 1,
    hash: 'abc',
    ready: true,
    appliedAt: 1,
    at: 1,
    ...report,
  };
  return ruleMessage(JSON.stringify(whole), sender);
}

/** One interval's counts of the task of `event-world`. */
export function countsMessage(report: Partial<TelemetryReport> = {}, sender: Sender = {}): Message {
  const whole = {
    v: 1,
    rollout: 'dep-1',
    seq: 1,
    intervalMs: 1000,
    stable: { requests: 10, failures: 0 },
    canary: { requests: 1, failures: 1 },
    shielded: 1,
    ...report,
  };
  return ruleMessage(JSON.stringify(whole), sender);
}
