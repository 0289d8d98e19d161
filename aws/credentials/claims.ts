import * as v from 'valibot';
import { accessLevels, type Scope } from '#mesh/api/access.ts';

/** What a session token says of its holder. */
export interface Claims extends Scope {
  /** ARN of the IAM identity that asked for the credentials. */
  readonly principal: string;
  /** Epoch seconds. */
  readonly expires: number;
}

/** A session token taken apart; `text` is the exact claims text that was signed. */
export interface SessionToken {
  readonly text: string;
  readonly claims: Claims;
  readonly signature: string;
}

const PREFIX = 'weir1';

const ClaimsShape = v.strictObject({
  principal: v.string(),
  mesh: v.string(),
  access: v.picklist(accessLevels),
  expires: v.pipe(v.number(), v.safeInteger()),
});

/** The claims as they stand in a token and under its signature. */
export const claimsText = (claims: Claims): string => Buffer.from(JSON.stringify(claims)).toString('base64url');

/** `weir1.<claims>.<signature>`: what clients send as `x-amz-security-token`. */
export const formatToken = (text: string, signature: string): string => `${PREFIX}.${text}.${signature}`;

/** Reads a session token; `undefined` when it is none of ours. Says nothing of its truth: the signature does. */
export function parseToken(token: string): SessionToken | undefined {
  const [, text, signature] = /^weir1\.([A-Za-z0-9_-]{1,3800})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  if (text === undefined || signature === undefined) return undefined;
  try {
    const claims = v.parse(ClaimsShape, JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { text, claims, signature };
  } catch {
    return undefined;
  }
}
