const HEADER_BYTES = 5;
/** Largest message taken from Envoy. Its requests hold names and versions only: 16 MiB is a broken peer, not a big mesh. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** A stream of bytes that is not gRPC: a compressed message (never negotiated) or one of absurd length. */
export class MalformedFrame extends Error {
  override name = 'MalformedFrame';
}

/** Puts gRPC's five-byte header (no compression) before a message. */
export function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Cuts a byte stream into gRPC messages, however the transport chopped it. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages completed by `chunk`, oldest first. Throws {@link MalformedFrame}. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    for (let length = this.#next(); length !== undefined; length = this.#next()) {
      messages.push(this.#rest.subarray(HEADER_BYTES, HEADER_BYTES + length));
      this.#rest = this.#rest.subarray(HEADER_BYTES + length);
    }
    return messages;
  }

  #next(): number | undefined {
    if (this.#rest.length < HEADER_BYTES) return undefined;
    if (this.#rest[0] !== 0) throw new MalformedFrame('compressed gRPC message');
    const length = this.#rest.readUInt32BE(1);
    if (length > MAX_MESSAGE_BYTES) throw new MalformedFrame(`gRPC message of ${length} bytes`);
    return this.#rest.length < HEADER_BYTES + length ? undefined : length;
  }
}
