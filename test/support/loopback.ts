import { randomInt } from 'node:crypto';

/** A function from a small number to an address in a random 127.a.b.0/24, where every port is free. */
export function loopbackNetwork(): (host: number) => string {
  const prefix = `127.${randomInt(64, 255)}.${randomInt(0, 255)}`;
  return (host) => `${prefix}.${host}`;
}
