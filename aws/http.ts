import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { type ErrorAnswer, HttpError } from './http-errors.ts';
import { logger } from './logger.ts';

/** An HTTP API request as a handler wants it: nothing decoded that the gateway had not decoded. */
export interface HttpRequest {
  readonly method: string;
  /** As API Gateway hands it over: decoded, all but `%25`. */
  readonly rawPath: string;
  /** As the client sent it. */
  readonly rawQuery: string;
  /** Decoded; of a repeated name the first. */
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly requestId: string;
  /** ARN of the IAM identity on an `AWS_IAM` route. */
  readonly caller?: string;
}

/** An answer: `body` is sent as JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes a request body may have. */
const MOST_BYTES = 1_048_576;

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * A Lambda handler for HTTP API payload 2.0 around a function of requests: logger context, body limit and base64, errors
 * mapped in one place, one log line a request (never headers or bodies: they hold credentials).
 */
export function route(errors: ErrorAnswer, answer: (request: HttpRequest) => Promise<HttpAnswer>): Handler {
  const handle = async (event: APIGatewayProxyEventV2) => {
    const started = Date.now();
    const reply = await answered(errors, answer, event);
    const { method, path } = event.requestContext.http;
    logger.info('request', { method, path, status: reply.status, durationMs: Date.now() - started });
    return toResult(reply, event.requestContext.requestId);
  };
  const wrapped = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(handle);
  return wrapped.use(injectLambdaContext(logger, { logEvent: false, resetKeys: true })) as unknown as Handler;
}

async function answered(
  errors: ErrorAnswer,
  answer: (request: HttpRequest) => Promise<HttpAnswer>,
  event: APIGatewayProxyEventV2,
): Promise<HttpAnswer> {
  try {
    return await answer(toRequest(event));
  } catch (thrown) {
    const reply = errors(thrown);
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (reply.status >= 500) logger.error('request failed', { error });
    else logger.info('request refused', { code: error.name, reason: error.message });
    return reply;
  }
}

function toRequest(event: APIGatewayProxyEventV2): HttpRequest {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (body.length > MOST_BYTES)
    throw new HttpError(413, 'BodyTooLarge', `the body has ${body.length} bytes; it may have ${MOST_BYTES}`);
  const caller = callerOf(event);
  return {
    method: event.requestContext.http.method,
    rawPath: event.rawPath,
    rawQuery: event.rawQueryString,
    query: parseQuery(event.rawQueryString),
    headers: lowerCase(event.headers),
    body,
    requestId: event.requestContext.requestId,
    ...(caller === undefined ? {} : { caller }),
  };
}

function callerOf(event: APIGatewayProxyEventV2): string | undefined {
  const context = event.requestContext as { readonly authorizer?: { readonly iam?: { readonly userArn?: string } } };
  return context.authorizer?.iam?.userArn;
}

function parseQuery(rawQuery: string): Readonly<Record<string, string>> {
  // A literal + stays +: AWS's clients encode a space as %20.
  const pairs = [...new URLSearchParams(rawQuery.replaceAll('+', '%2B'))];
  return Object.fromEntries(pairs.reverse());
}

const lowerCase = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value ?? '']));

function toResult({ status, body, headers }: HttpAnswer, requestId: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...headers },
    body: JSON.stringify(body),
  };
}
