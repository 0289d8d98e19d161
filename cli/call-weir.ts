import { signExecuteApi } from '#aws/client/sign-execute-api.ts';
import { exitCodes, Failure, reasonOf } from './failure.ts';
import type { Connection, Session } from './session.ts';

/** A request to Weir's own API. */
export interface WeirRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/weir/v1/`, names percent-encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** Sent once, whatever comes of it: the second time it would mean something else. */
  readonly once?: boolean;
}

/** Longer than API Gateway waits for a function (30 s). */
const TIMEOUT_MS = 35_000;
/** Waits before the tries that follow the first. Nearly every request of the API may be said twice. */
const RETRY_AFTER_MS = [200, 800];

/** Calls Weir's API as the caller and answers the JSON. Throws {@link Failure}: refused (4xx), or failed after three tries. */
export async function callWeir(session: Session, connection: Connection, request: WeirRequest): Promise<unknown> {
  const waits = request.once === true ? [] : RETRY_AFTER_MS;
  for (const wait of [...waits, undefined]) {
    const outcome = await once(session, connection, request);
    if (!(outcome instanceof Failure)) return outcome.answer;
    if (outcome.exitCode !== exitCodes.failed || wait === undefined) throw outcome;
    await session.sleep(wait);
  }
  throw new Error('the last try answers or throws');
}

async function once(
  session: Session,
  connection: Connection,
  request: WeirRequest,
): Promise<{ answer: unknown } | Failure> {
  const { endpoint, credentials, region } = connection;
  const { method, path } = request;
  const url = `${endpoint}/weir/v1/${path}`;
  const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
  const headers = signExecuteApi({ method, url, ...body }, credentials, region, new Date(session.now()));
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await session.fetch(url, { method, headers, ...body, redirect: 'error', signal });
    return answerOf(request, url, response.status, await response.text());
  } catch (cause) {
    return new Failure(
      exitCodes.failed,
      `${endpoint} does not answer: ${deepReasonOf(cause)}. Is the endpoint right?`,
      { cause },
    );
  }
}

function answerOf(
  { method, path }: WeirRequest,
  url: string,
  status: number,
  text: string,
): { answer: unknown } | Failure {
  const json = parsed(text);
  if (status < 300 && json !== undefined) return { answer: json };
  const what = `${method} /weir/v1/${path}`;
  if (status < 300) return new Failure(exitCodes.failed, `${url} answered no JSON: is the endpoint Weir's ApiUrl?`);
  const reason = errorText(json, text, status);
  if (status === 429 || status >= 500) return new Failure(exitCodes.failed, `${what} failed with ${status}: ${reason}`);
  if (status === 403)
    return new Failure(exitCodes.refused, `${what} is not allowed: ${reason}. ${allowance(method, path)}`);
  return new Failure(exitCodes.refused, `${what} was refused (${status}): ${reason}`);
}

/** API Gateway says `{"message":"Forbidden"}` and no more; what is missing then is a permission on the path. */
const allowance = (method: string, path: string): string =>
  `It takes execute-api:Invoke on arn:aws:execute-api:<region>:<account>:<ApiId>/$default/${method}/weir/v1/${path}.`;

function errorText(json: unknown, text: string, status: number): string {
  const answer = (json ?? {}) as { message?: string; error?: { message?: string } };
  return answer.error?.message ?? answer.message ?? (text.slice(0, 200) || `status ${status} without a reason`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` hides why a connection failed in its cause. */
function deepReasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? reasonOf(thrown) : reasonOf(cause) || reasonOf(thrown);
}
