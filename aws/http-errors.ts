import * as v from 'valibot';
import { AppMeshError, BadRequest, toAppMeshError } from '#mesh/api/errors.ts';
import { issueText } from '#rollouts/issue-text.ts';
import type { HttpAnswer } from './http.ts';

/** The answer to whatever a handler threw. */
export type ErrorAnswer = (thrown: unknown) => HttpAnswer;

/** A refusal of Weir's own API; `code` is what clients branch on, `path` names the field at fault. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly path?: string;

  constructor(status: number, code: string, message: string, path?: string) {
    super(message);
    this.status = status;
    this.code = code;
    if (path !== undefined) this.path = path;
  }
  override get name(): string {
    return this.code;
  }
}

/** Errors as App Mesh had them: the model's status, `x-amzn-ErrorType`, `{ "message" }`; the unknown is a 500 without detail. */
export const appMeshErrors: ErrorAnswer = (thrown) => {
  const error =
    thrown instanceof HttpError && thrown.status < 500 ? new BadRequest(thrown.message) : toAppMeshError(thrown);
  return { status: error.status, body: { message: error.message }, headers: { 'x-amzn-errortype': error.code } };
};

/** Errors of Weir's API: `{ "error": { code, message, path? } }`; what a schema refused is a 400 that names the field. */
export const weirErrors: ErrorAnswer = (thrown) => {
  const { status, code, message, path } = toHttpError(thrown);
  return { status, body: { error: { code, message, ...(path === undefined ? {} : { path }) } } };
};

function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  if (thrown instanceof AppMeshError)
    return new HttpError(thrown.status, thrown.code.replace(/Exception$/, ''), thrown.message);
  if (v.isValiError(thrown)) {
    const [issue] = thrown.issues;
    const path = v.getDotPath(issue) ?? undefined;
    return new HttpError(400, 'BadRequest', `${path ?? 'the body'} ${issueText(issue)}`, path);
  }
  return new HttpError(500, 'InternalServerError', 'Weir could not answer this request; its log says why.');
}
