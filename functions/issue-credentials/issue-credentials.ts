import * as v from 'valibot';
import { issueSession } from '#aws/credentials/issue.ts';
import type { SessionKeys } from '#aws/credentials/session-keys.ts';
import type { HttpAnswer, HttpRequest } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import { textBody } from '#aws/text-body.ts';
import { accessLevels, type Scope } from '#mesh/api/access.ts';
import { jsonBody } from '#mesh/api/json-body.ts';

/** An hour, as AWS's own role sessions last when nobody says otherwise. */
const DEFAULT_SECONDS = 3600;

/** What the path asks for; as in App Mesh's model a name has up to 255 characters, and as in Weir's a mesh's has no `/`. */
const Asked = v.strictObject({
  mesh: v.pipe(
    v.string(),
    v.minLength(1, 'must be a mesh’s name, or * for all meshes'),
    v.maxLength(255, 'must have at most 255 characters'),
    v.regex(/^[^/]*$/, 'must have no /'),
  ),
  access: v.picklist(accessLevels),
});

const Body = v.strictObject({
  durationSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60))),
});

/** What the function is wired to. */
export interface Deps {
  readonly keys: (accessKeyId: string, claims: string) => Promise<SessionKeys>;
  readonly maxSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Gives the caller of an `AWS_IAM` route credentials for App Mesh's API, never for longer than the stack allows. What they
 * are for stands in the path alone, because the path is what IAM compared with the caller's policies.
 */
export const issueCredentials =
  ({ keys, maxSeconds, now }: Deps) =>
  async (request: HttpRequest): Promise<HttpAnswer> => {
    if (request.caller === undefined)
      throw new HttpError(
        403,
        'Forbidden',
        'this route takes IAM-signed requests only: there is no caller to vouch for',
      );
    const scope = askedScope(request.rawPath);
    const { durationSeconds } = v.parse(Body, jsonBody(textBody(request)));
    const seconds = durationSeconds ?? Math.min(DEFAULT_SECONDS, maxSeconds);
    if (seconds > maxSeconds)
      throw new HttpError(400, 'BadRequest', `is ${seconds}; must be at most ${maxSeconds}`, 'durationSeconds');
    const expires = Math.floor(now() / 1000) + seconds;
    const credentials = await issueSession(keys, { principal: request.caller, ...scope, expires });
    return { status: 200, body: credentials, headers: { 'cache-control': 'no-store' } };
  };

/** `…/session/{mesh}/{access}`, decoded by API Gateway but for `%25`; decoded no further, or IAM had seen another name. */
function askedScope(rawPath: string): Scope {
  const [, mesh = '', access = ''] = /^\/weir\/v1\/session\/(.*)\/([^/]*)$/s.exec(rawPath) ?? [];
  return v.parse(Asked, { mesh: mesh.replaceAll('%25', '%'), access });
}
