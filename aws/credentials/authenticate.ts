import { timingSafeEqual } from 'node:crypto';
import { Forbidden } from '#mesh/api/errors.ts';
import { type Claims, parseToken, type SessionToken } from './claims.ts';
import { ACCESS_KEY_PREFIX } from './issue.ts';
import type { SessionKeys } from './session-keys.ts';
import { type Authorization, parseAuthorization, sha256, signatureOf } from './sigv4.ts';

/** An App Mesh request as it came in, not yet believed. */
export interface SignedRequest {
  readonly method: string;
  readonly rawQuery: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What the verifier is wired to. */
export interface Authenticator {
  readonly keys: (accessKeyId: string, claims: string) => Promise<SessionKeys>;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How far a client's clock may be off: AWS's own five minutes, and so the window of a replay. */
const SKEW_MS = 5 * 60_000;
const mustSign = ['host', 'x-amz-date', 'x-amz-security-token'];

/**
 * Verifies the SigV4 signature (service `appmesh`) of a request under Weir credentials and tells which of the candidate
 * readings of its path was signed. Every refusal is Forbidden, starting with its reason in one word.
 */
export async function authenticate<C extends { readonly encodedPath: string }>(
  { keys, region, now }: Authenticator,
  request: SignedRequest,
  candidates: readonly C[],
): Promise<{ readonly claims: Claims; readonly signed: C }> {
  const authorization = readAuthorization(request);
  requireScope(authorization, region);
  requireFresh(authorization, request.headers['x-amz-date'] ?? '', now());
  const token = readToken(request, now());
  const { secretAccessKey, tokenSignature } = await keys(authorization.accessKeyId, token.text);
  if (!sameText(tokenSignature, token.signature))
    throw new Forbidden('InvalidToken: the session token was not issued for this access key');
  const payloadHash = readPayloadHash(request);
  const signed = candidates.find(({ encodedPath }) =>
    sameText(
      signatureOf(secretAccessKey, authorization, { ...request, encodedPath, payloadHash }),
      authorization.signature,
    ),
  );
  if (signed === undefined)
    throw new Forbidden('InvalidSignature: the signature does not fit method, path, query, signed headers and body');
  return { claims: token.claims, signed };
}

function readAuthorization({ headers }: SignedRequest): Authorization {
  const text = headers['authorization'];
  if (text === undefined) throw new Forbidden('MissingAuthentication: the request has no Authorization header');
  const authorization = parseAuthorization(text);
  if (authorization === undefined)
    throw new Forbidden('IncompleteSignature: the Authorization header is not an AWS4-HMAC-SHA256 signature');
  if (!authorization.accessKeyId.startsWith(ACCESS_KEY_PREFIX))
    throw new Forbidden(
      'UnrecognizedClient: these are not Weir credentials; get some with `weir credentials` (POST /weir/v1/session/{mesh}/{access})',
    );
  const unsigned = mustSign.find((name) => !authorization.signedHeaders.includes(name));
  if (unsigned !== undefined) throw new Forbidden(`IncompleteSignature: the header ${unsigned} is not signed`);
  return authorization;
}

function requireScope({ service, region }: Authorization, home: string): void {
  if (service !== 'appmesh')
    throw new Forbidden(`InvalidScope: credential should be scoped to service appmesh, not ${service}`);
  if (region !== home)
    throw new Forbidden(`InvalidScope: credential should be scoped to region ${home}, not ${region}`);
}

function requireFresh({ day }: Authorization, date: string, now: number): void {
  const [, ymd, ...rest] = /^(\d{8})T(\d{2})(\d{2})(\d{2})Z$/.exec(date) ?? [];
  if (ymd === undefined || ymd !== day)
    throw new Forbidden('IncompleteSignature: x-amz-date must be yyyymmddThhmmssZ on the day of the credential scope');
  const signedAt = Date.parse(`${ymd.replace(/(....)(..)(..)/, '$1-$2-$3')}T${rest.join(':')}Z`);
  // Not `> SKEW_MS`: a date that does not exist is NaN and must be refused, too.
  if (!(Math.abs(now - signedAt) <= SKEW_MS))
    throw new Forbidden(
      `RequestExpired: the request was signed at ${date}, more than five minutes from ${new Date(now).toISOString()}`,
    );
}

function readToken({ headers }: SignedRequest, now: number): SessionToken {
  const token = parseToken(headers['x-amz-security-token'] ?? '');
  if (token === undefined) throw new Forbidden('InvalidToken: the session token is not one that Weir gave');
  if (token.claims.expires * 1000 <= now)
    throw new Forbidden(
      `ExpiredToken: these credentials ended at ${new Date(token.claims.expires * 1000).toISOString()}`,
    );
  return token;
}

/** Hash of the body as it came; a hash the client names must be that one (an unsigned payload is refused). */
function readPayloadHash({ headers, body }: SignedRequest): string {
  const hash = sha256(body);
  const named = headers['x-amz-content-sha256'];
  if (named !== undefined && named !== hash)
    throw new Forbidden('InvalidSignature: x-amz-content-sha256 is not the SHA-256 of the body');
  return hash;
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
