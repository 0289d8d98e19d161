import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** Wire types (0 varint, 2 length-delimited) that FileDescriptorProto's fields have; anything else is the end of one. */
const wireTypes: Readonly<Record<number, readonly number[]>> = {
  1: [2],
  2: [2],
  3: [2],
  4: [2],
  5: [2],
  6: [2],
  7: [2],
  8: [2],
  10: [0, 2],
  11: [0, 2],
  12: [2],
  14: [0],
};

const suffix = Buffer.from('.proto');
const LONGEST_NAME = 200;

/**
 * The descriptors that protoc compiled into a binary: every C++ program with protobuf carries them as plain bytes, so the
 * Envoy binary itself says which fields it knows. By file name; of two copies (gRPC brings its own) the longer.
 */
export function embeddedDescriptors(binary: string): ReadonlyMap<string, FileDescriptorProto> {
  const bytes = readFileSync(binary);
  const longest = new Map<string, Buffer>();
  for (let at = bytes.indexOf(suffix); at > 0; at = bytes.indexOf(suffix, at + 1)) {
    const found = descriptorAround(bytes, at + suffix.length);
    if (found !== undefined && found.bytes.length > (longest.get(found.name)?.length ?? 0))
      longest.set(found.name, found.bytes);
  }
  return new Map([...longest].flatMap(([name, item]) => decoded(item).map((file) => [name, file] as const)));
}

/** A cut that is no message after all is no descriptor. */
function decoded(bytes: Buffer): FileDescriptorProto[] {
  try {
    return [fromBinary(FileDescriptorProtoSchema, bytes)];
  } catch {
    return [];
  }
}

/** A descriptor starts with its own name: tag 0x0a, length, text. */
function descriptorAround(bytes: Buffer, nameEnd: number): { name: string; bytes: Buffer } | undefined {
  for (let length = suffix.length; length < LONGEST_NAME; length++) {
    const header = length < 128 ? [0x0a, length] : [0x0a, (length & 127) | 128, length >> 7];
    const start = nameEnd - length - header.length;
    if (!header.every((byte, i) => bytes[start + i] === byte)) continue;
    const name = bytes.toString('latin1', nameEnd - length, nameEnd);
    if (/^[\w./-]+$/.test(name)) return { name, bytes: bytes.subarray(start, endOfDescriptor(bytes, start)) };
  }
  return undefined;
}

function endOfDescriptor(bytes: Buffer, start: number): number {
  let at = start;
  for (let last = 0; ; ) {
    const tag = varint(bytes, at);
    const [field, wire] = [tag.value >>> 3, tag.value & 7];
    const isNext = wireTypes[field]?.includes(wire) === true && !(field === 1 && last > 0) && last !== 14;
    if (!isNext || (last === 12 && field !== 14)) return at;
    const value = varint(bytes, tag.end);
    const end = wire === 0 ? value.end : value.end + value.value;
    if (end > bytes.length) return at;
    [at, last] = [end, field];
  }
}

function varint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, scale = 1; ; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
}
