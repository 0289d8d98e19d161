import * as v from 'valibot';
import { type Notice, noticedRollout } from '#rollouts/notice.ts';
import type { Notification } from '#rollouts/notification.ts';
import { notificationMessage } from '#rollouts/notification-message.ts';
import { rolloutEventNames } from '#rollouts/rollout-events.ts';
import { ForbiddenReceiverError, type PostJson } from './post-json.ts';
import { signWebhook } from './sign-webhook.ts';

/** One notice for one entry of its rollout's policy: a message of the queue. Neither URL nor key is in it. */
export const deliverySchema = v.object({
  /** Index into the policy's `notifications`. */
  target: v.number(),
  notice: v.object({
    id: v.string(),
    event: v.picklist(rolloutEventNames),
    at: v.string(),
    rollout: noticedRollout,
  }),
});

export type Delivery = v.InferOutput<typeof deliverySchema>;

/** A delivery that would fail again however often it was tried. The text tells no secret. */
export class UndeliverableError extends Error {
  override readonly name = 'Undeliverable';
}

/** A receiver that could not take it now. */
export class ReceiverUnavailableError extends Error {
  override readonly name = 'ReceiverUnavailable';
}

export interface DeliveryPorts {
  /** Text of a secret. */
  readonly secret: (arn: string) => Promise<string>;
  readonly post: PostJson;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const Secret = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ url: v.optional(v.string()), signingKey: v.optional(v.pipe(v.string(), v.minLength(16))) }),
);

/** Client errors that pass: a slow request, one too early, one too many. */
const passing = new Set([408, 425, 429]);

/**
 * Delivers a notice. Answers the receiver's host, the only part of the URL that is no secret.
 * @throws {UndeliverableError} | {ReceiverUnavailableError}
 */
export async function deliver(ports: DeliveryPorts, to: Notification, { target, notice }: Delivery): Promise<string> {
  const secret = to.secretArn === undefined ? {} : readSecret(await ports.secret(to.secretArn));
  const url = secret.url ?? to.url;
  if (url === undefined) throw new UndeliverableError('neither the policy nor its secret holds a url');
  const host = URL.parse(url)?.host ?? 'an unreadable URL';
  const body = JSON.stringify(notificationMessage(to.kind, notice));
  const headers = { ...plainHeaders(target, notice), ...signature(to, secret.signingKey, ports.now(), body) };
  const status = await answered(ports.post({ url, headers, body }), host);
  if (status >= 200 && status < 300) return host;
  const text = `${host} answered ${status}`;
  if (status >= 300 && status < 500 && !passing.has(status)) throw new UndeliverableError(text);
  throw new ReceiverUnavailableError(text);
}

function readSecret(text: string) {
  const result = v.safeParse(Secret, text);
  if (result.success) return result.output;
  throw new UndeliverableError('the secret is no JSON { "url"?, "signingKey"? (16 characters or more) }');
}

function plainHeaders(target: number, { id, event }: Notice): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'weir',
    'weir-delivery': `${id}-${target}`,
    'weir-event': event,
  };
}

/** A webhook is never sent unsigned; chats cannot check a signature. */
function signature({ kind }: Notification, key: string | undefined, now: number, body: string) {
  if (kind !== 'webhook') return {};
  if (key === undefined) throw new UndeliverableError('the secret holds no signingKey, and webhooks are signed');
  const timestamp = Math.floor(now / 1000);
  return { 'weir-timestamp': `${timestamp}`, 'weir-signature': signWebhook(key, timestamp, body) };
}

async function answered(posted: ReturnType<PostJson>, host: string): Promise<number> {
  try {
    return await posted;
  } catch (error) {
    if (error instanceof ForbiddenReceiverError)
      throw new UndeliverableError(`${host} may not be called: ${error.message}`);
    throw new ReceiverUnavailableError(`${host} did not answer: ${codeOf(error)}`);
  }
}

/** Node's own word (`ECONNREFUSED`, `TimeoutError`): its messages may quote the address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
