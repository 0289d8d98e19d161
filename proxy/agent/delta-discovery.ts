import { delimited, fields } from './protobuf.ts';

/** `envoy.service.discovery.v3.DeltaDiscoveryRequest`, the fields an ADS server reads. */
export interface DeltaRequest {
  readonly type: string;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** name → version of what Envoy already holds; only on the first request of a type on a stream. */
  readonly held: ReadonlyMap<string, string>;
  /** Nonce of the response this acknowledges or refuses; empty for a spontaneous request. */
  readonly nonce: string;
  /** Envoy's text when it refused the response with that nonce. */
  readonly error?: string;
}

/** One resource of a response. Without a body it tells Envoy that an on-demand name does not exist. */
export interface DeltaResource {
  readonly name: string;
  readonly version: string;
  readonly body?: Buffer;
}

/** `envoy.service.discovery.v3.DeltaDiscoveryResponse`. */
export interface DeltaResponse {
  readonly type: string;
  readonly nonce: string;
  readonly resources: readonly DeltaResource[];
  readonly removed: readonly string[];
}

/** Decodes a request by hand: the envelope is strings, string maps and one Status (no protobuf runtime in every task). */
export function decodeDeltaRequest(message: Buffer): DeltaRequest {
  const text = { type: '', nonce: '' };
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const held = new Map<string, string>();
  let error: string | undefined;
  const read: Record<number, (value: Buffer) => void> = {
    2: (value) => (text.type = value.toString()),
    3: (value) => subscribe.push(value.toString()),
    4: (value) => unsubscribe.push(value.toString()),
    5: (value) => held.set(stringField(value, 1), stringField(value, 2)),
    6: (value) => (text.nonce = value.toString()),
    7: (value) => (error = stringField(value, 2)),
  };
  for (const field of fields(message)) read[field.number]?.(field.value);
  return { ...text, subscribe, unsubscribe, held, ...(error === undefined ? {} : { error }) };
}

/** Encodes a response; resource bodies are passed through as they came from the control plane. */
export function encodeDeltaResponse({ type, nonce, resources, removed }: DeltaResponse): Buffer {
  return Buffer.concat([
    ...resources.map((resource) => delimited(2, encodeResource(type, resource))),
    delimited(4, type),
    delimited(5, nonce),
    ...removed.map((name) => delimited(6, name)),
  ]);
}

function encodeResource(type: string, { name, version, body }: DeltaResource): Buffer {
  const any = (value: Buffer) => delimited(2, Buffer.concat([delimited(1, type), delimited(2, value)]));
  const rest = body === undefined ? delimited(4, name) : any(body);
  return Buffer.concat([delimited(1, version), rest, delimited(3, name)]);
}

function stringField(message: Buffer, number: number): string {
  let text = '';
  for (const field of fields(message)) if (field.number === number) text = field.value.toString();
  return text;
}
