import * as v from 'valibot';
import { PermanentError } from './permanent-error.ts';

/** What a sidecar sent, and who it is by the broker's word alone. */
export interface SidecarMessage<Report> {
  /** proxyKey of the proxy whose topic it was sent on. */
  readonly key: string;
  /** ECS task id. */
  readonly task: string;
  readonly report: Report;
}

/** A message that is not what a sidecar sends, or not from the one it is about. */
export class RefusedMessageError extends PermanentError {
  override readonly name = 'RefusedMessage';
}

/** As the IoT rules of template.yaml make it: only `report` is the sender's. */
const Envelope = v.object({
  report: v.pipe(v.string(), v.base64()),
  principal: v.string(),
  topic: v.string(),
});

const topicPattern = /^(?:\$aws\/rules\/[^/]+\/)?(\d{12}\/[^/]+\/v[ng]\/[^/]+)\/([^/]+)$/;
/** `AROA…:<session>`, or the ARN of an assumed role: `…/<session>`. The session of an ECS task's role is the task's id. */
const sessionPattern = /[:/]([^:/]+)$/;

/**
 * Reads a queue message of the IoT rules. Throws {@link RefusedMessageError} when it is malformed, or when the session that
 * published it is not the task its topic names: a task can speak for nobody but itself.
 */
export function readSidecarMessage<Schema extends v.GenericSchema>(
  body: string,
  schema: Schema,
): SidecarMessage<v.InferOutput<Schema>> {
  const { report, principal, topic } = parsed(Envelope, jsonIn(body, 'message'), 'message');
  const [, key, task] = topicPattern.exec(topic) ?? [];
  if (key === undefined || task === undefined)
    throw new RefusedMessageError(`Topic ${topic} names no task of a proxy.`);
  const session = sessionPattern.exec(principal)?.[1];
  if (session !== task) throw new RefusedMessageError(`${principal} published on ${topic}, which is another task's.`);
  const text = Buffer.from(report, 'base64').toString();
  return { key, task, report: parsed(schema, jsonIn(text, `report of ${key}/${task}`), `report of ${key}/${task}`) };
}

function jsonIn(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RefusedMessageError(`The ${what} is not JSON.`, { cause });
  }
}

function parsed<Schema extends v.GenericSchema>(schema: Schema, value: unknown, what: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new RefusedMessageError(`The ${what} is not understood: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}
