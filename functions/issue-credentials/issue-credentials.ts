import * as v from 'valibot';
import { issueSession } from '#aws/credentials/issue.ts';
import type { SessionKeys } from '#aws/credentials/session-keys.ts';
import type { HttpAnswer, HttpRequest } from '#aws/http.ts';
import { HttpError } from '#aws/http-errors.ts';
import { textBody } from '#aws/text-body.ts';
import { accessLevels } from '#mesh/api/access.ts';
import { jsonBody } from '#mesh/api/json-body.ts';

/** An hour, as AWS's own role sessions last when nobody says otherwise. */
const DEFAULT_SECONDS = 3600;

const Request = v.strictObject({
  mesh: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  access: v.picklist(accessLevels),
  durationSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60))),
});

/** What the function is wired to. */
export interface Deps {
  readonly keys: (accessKeyId: string, claims: string) => Promise<SessionKeys>;
  readonly maxSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Gives the caller of an `AWS_IAM` route credentials for App Mesh's API, never for longer than the stack allows. */
export const issueCredentials =
  ({ keys, maxSeconds, now }: Deps) =>
  async (request: HttpRequest): Promise<HttpAnswer> => {
    if (request.caller === undefined)
      throw new HttpError(
        403,
        'Forbidden',
        'this route takes IAM-signed requests only: there is no caller to vouch for',
      );
    const { mesh, access, durationSeconds } = v.parse(Request, jsonBody(textBody(request)));
    const seconds = durationSeconds ?? Math.min(DEFAULT_SECONDS, maxSeconds);
    if (seconds > maxSeconds)
      throw new HttpError(400, 'BadRequest', `is ${seconds}; must be at most ${maxSeconds}`, 'durationSeconds');
    const expires = Math.floor(now() / 1000) + seconds;
    const credentials = await issueSession(keys, { principal: request.caller, mesh, access, expires });
    return { status: 200, body: credentials, headers: { 'cache-control': 'no-store' } };
  };
