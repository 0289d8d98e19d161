import { createHmac } from 'node:crypto';

/**
 * Value of `Weir-Signature`: `v1=` and the hex HMAC-SHA256 of `<timestamp>.<body>`, so that neither can be changed or sent
 * again later unnoticed. The receiver computes the same over the raw body, compares in constant time and refuses an old timestamp.
 */
export function signWebhook(signingKey: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', signingKey).update(`${timestamp}.${body}`).digest('hex')}`;
}
