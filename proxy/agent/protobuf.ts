/** One field of an encoded message: `value` is the payload of a length-delimited field, else the raw bytes of the scalar. */
export interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly value: Buffer;
}

/** Bytes that are no protobuf message: truncated, or with a wire type that proto3 does not have. */
export class MalformedMessage extends Error {
  override name = 'MalformedMessage';
}

const LENGTH_DELIMITED = 2;
const FIXED_SIZE: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Encodes an unsigned integer below 2^53 as a varint. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Encodes a string, bytes or embedded-message field. */
export function delimited(number: number, value: Buffer | string): Buffer {
  const body = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + LENGTH_DELIMITED), varint(body.length), body]);
}

/** The fields of a message in the order they stand, as views on `message`. Throws {@link MalformedMessage}. */
export function* fields(message: Buffer): Generator<Field> {
  let offset = 0;
  while (offset < message.length) {
    const tag = readVarint(message, offset);
    const wireType = tag.value & 7;
    const body = payload(message, tag.end, wireType);
    yield { number: Math.floor(tag.value / 8), wireType, value: message.subarray(body.start, body.end) };
    offset = body.end;
  }
}

/** Encodes a field as {@link fields} gave it. */
export function encodeField({ number, wireType, value }: Field): Buffer {
  return wireType === LENGTH_DELIMITED
    ? delimited(number, value)
    : Buffer.concat([varint(number * 8 + wireType), value]);
}

/** Whether a field holds a string, bytes, a map entry or an embedded message. */
export function isDelimited(field: Field): boolean {
  return field.wireType === LENGTH_DELIMITED;
}

function payload(message: Buffer, at: number, wireType: number): { start: number; end: number } {
  if (wireType === 0) return { start: at, end: readVarint(message, at).end };
  let start = at;
  let size = FIXED_SIZE[wireType];
  if (wireType === LENGTH_DELIMITED) ({ value: size, end: start } = readVarint(message, at));
  if (size === undefined) throw new MalformedMessage(`wire type ${wireType} at byte ${at}`);
  if (start + size > message.length) throw new MalformedMessage(`field at byte ${at} is cut off`);
  return { start, end: start + size };
}

/** Values above 2^53 lose precision, their length does not: scalars are passed on as bytes, never as this number. */
function readVarint(message: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < message.length && i < at + 10; i++) {
    const byte = message[i] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: i + 1 };
    scale *= 128;
  }
  throw new MalformedMessage(`varint at byte ${at} has no end`);
}
