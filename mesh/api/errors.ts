import { type ErrorCode, statusOf } from './model.ts';

/** A refusal App Mesh's clients know: answered with the model's status, `x-amzn-ErrorType` and `{ "message" }`. */
export abstract class AppMeshError extends Error {
  abstract readonly code: ErrorCode;
  override get name(): string {
    return this.code;
  }
  get status(): number {
    return statusOf(this.code);
  }
}

/** The request breaks a rule; the message names each field by JSON path, its value and the rule. */
export class BadRequest extends AppMeshError {
  readonly code = 'BadRequestException';
}

/** The caller may not do this; the message says why, never what the right signature would be. */
export class Forbidden extends AppMeshError {
  readonly code = 'ForbiddenException';
}

export class NotFound extends AppMeshError {
  readonly code = 'NotFoundException';
}

/** The name is taken, or the client token stands for another request. */
export class Conflict extends AppMeshError {
  readonly code = 'ConflictException';
}

/** A delete of something others still name, with App Mesh's own text (scripts grep it). */
export class ResourceInUse extends AppMeshError {
  readonly code = 'ResourceInUseException';
}

export class LimitExceeded extends AppMeshError {
  readonly code = 'LimitExceededException';
}

export class TooManyTags extends AppMeshError {
  readonly code = 'TooManyTagsException';
}

/** Parallel writers kept this one from its turn; every SDK retries it. */
export class TooManyRequests extends AppMeshError {
  readonly code = 'TooManyRequestsException';
}

/** Our fault; the message carries no detail, the log does. */
export class InternalServerError extends AppMeshError {
  readonly code = 'InternalServerErrorException';
}

/** The answer to any throw: an AppMeshError is itself, anything else becomes InternalServerErrorException without detail. */
export function toAppMeshError(thrown: unknown): AppMeshError {
  if (thrown instanceof AppMeshError) return thrown;
  return new InternalServerError('Weir could not answer this request; its log says why.', { cause: thrown });
}
