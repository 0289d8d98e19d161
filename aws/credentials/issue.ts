import { randomInt } from 'node:crypto';
import { type Claims, claimsText, formatToken } from './claims.ts';
import type { SessionKeys } from './session-keys.ts';

/** Short-lived credentials an unmodified AWS client can sign App Mesh requests with. */
export interface WeirCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** ISO 8601, as `credential_process` wants it. */
  readonly expiration: string;
}

/** First letters of every Weir access key id: by them the API tells ours from AWS's. */
export const ACCESS_KEY_PREFIX = 'ASIAWEIR';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Makes credentials for these claims; the same function of KMS, key id and claims gives the verifier their secret again. */
export async function issueSession(
  keys: (accessKeyId: string, claims: string) => Promise<SessionKeys>,
  claims: Claims,
): Promise<WeirCredentials> {
  const accessKeyId = ACCESS_KEY_PREFIX + Array.from({ length: 12 }, () => letters[randomInt(32)]).join('');
  const text = claimsText(claims);
  const { secretAccessKey, tokenSignature } = await keys(accessKeyId, text);
  const sessionToken = formatToken(text, tokenSignature);
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(claims.expires * 1000).toISOString() };
}
