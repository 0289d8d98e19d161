import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive; `executable` sets the Unix mode 755 instead of 644. */
export type ZipEntry = { name: string; data: Buffer; executable?: boolean };

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_CENTRAL = 0x06054b50;
const DEFLATE = 8;
/** Version 2.0 of the format (deflate), made by Unix (3), so that modes in the external attributes count. */
const VERSION = 20;
const MADE_BY_UNIX = (3 << 8) | VERSION;
/** 1980-01-01, the format's epoch: equal files give equal archives. */
const DOS_DATE = (1 << 5) | 1;

/** A deterministic zip archive of a few files (no Zip64: below 4 GB and 65,535 entries), as Lambda takes it. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const packed = deflateRawSync(entry.data);
    const name = Buffer.from(entry.name);
    const common = commonFields(entry.data, packed, name);
    const local = Buffer.concat([word(LOCAL_HEADER), common, name, packed]);
    central.push(centralHeader(common, entry.executable === true, offset), name);
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...parts, directory, endOfCentral(entries.length, directory.length, offset)]);
}

/** The 26 bytes that local and central headers share, from "version needed" to "extra field length". */
function commonFields(data: Buffer, packed: Buffer, name: Buffer): Buffer {
  return Buffer.concat([
    ...[VERSION, 0, DEFLATE, 0, DOS_DATE].map(half),
    ...[crc32(data), packed.length, data.length].map(word),
    ...[name.length, 0].map(half),
  ]);
}

function centralHeader(common: Buffer, executable: boolean, offset: number): Buffer {
  const mode = 0o100000 | (executable ? 0o755 : 0o644);
  return Buffer.concat([
    word(CENTRAL_HEADER),
    half(MADE_BY_UNIX),
    common,
    ...[0, 0, 0].map(half),
    word((mode << 16) >>> 0),
    word(offset),
  ]);
}

function endOfCentral(count: number, size: number, offset: number): Buffer {
  return Buffer.concat([word(END_OF_CENTRAL), ...[0, 0, count, count].map(half), word(size), word(offset), half(0)]);
}

function half(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
