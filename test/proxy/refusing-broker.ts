import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

const CONNECT = 1;
const SUBSCRIBE = 8;
const PUBLISH_QOS_1 = 0x32;
const REFUSED = 128;

/** An MQTT broker over WebSocket that lets anybody in and refuses every subscription by SUBACK, as AWS IoT does. */
export async function startRefusingBroker(): Promise<{
  url: string;
  requests: string[];
  published: string[];
  close(): void;
}> {
  const requests: string[] = [];
  const published: string[] = [];
  const server: Server = createServer();
  server.on('upgrade', ({ url = '', headers }, socket) => {
    requests.push(`${headers.host} ${url}`);
    const key = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    const accept = `Sec-WebSocket-Accept: ${key.digest('base64')}\r\nSec-WebSocket-Protocol: mqtt`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${accept}\r\n\r\n`);
    socket.on('error', () => {});
    const packets = new PacketReader();
    socket.on('data', (chunk: Buffer) => {
      for (const packet of packets.push(chunk)) answer(socket, packet, published);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, requests, published, close: () => server.close() };
}

/** MQTT packets out of masked WebSocket frames, neither of which need end where the other does. Short ones are all there are. */
class PacketReader {
  #frames: Buffer = Buffer.alloc(0);
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#frames = Buffer.concat([this.#frames, chunk]);
    for (let end = this.#unmask(); end > 0; end = this.#unmask()) this.#frames = this.#frames.subarray(end);
    const packets: Buffer[] = [];
    for (let end = length(this.#bytes); end <= this.#bytes.length; end = length(this.#bytes)) {
      packets.push(this.#bytes.subarray(0, end));
      this.#bytes = this.#bytes.subarray(end);
    }
    return packets;
  }

  /** Takes in one whole frame and tells where it ends; 0 when there is none. */
  #unmask(): number {
    const size = (this.#frames[1] ?? 0) & 0x7f;
    if (size >= 126) throw new Error('a frame longer than this broker reads');
    const end = 6 + size;
    if (this.#frames.length < end) return 0;
    const mask = this.#frames.subarray(2, 6);
    const payload = this.#frames.subarray(6, end).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    this.#bytes = Buffer.concat([this.#bytes, payload]);
    return end;
  }
}

/** Length of the packet at the start; infinite while not even its header is there. */
function length(bytes: Buffer): number {
  return bytes.length < 2 ? Number.POSITIVE_INFINITY : 2 + (bytes[1] ?? 0);
}

function answer(socket: Duplex, packet: Buffer, published: string[]): void {
  const body = packet.subarray(2);
  const send = (...bytes: number[]) => socket.write(Buffer.from([0x82, bytes.length, ...bytes]));
  const type = (packet[0] ?? 0) >> 4;
  if (type === CONNECT) send(0x20, 2, 0, 0);
  if (type === SUBSCRIBE) send(0x90, 4, body[0] ?? 0, body[1] ?? 0, REFUSED, 1);
  if (packet[0] !== PUBLISH_QOS_1) return;
  const end = 2 + body.readUInt16BE(0);
  published.push(body.subarray(2, end).toString());
  send(0x40, 2, body[end] ?? 0, body[end + 1] ?? 0);
}
