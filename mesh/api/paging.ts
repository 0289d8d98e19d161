import { createHash } from 'node:crypto';
import { BadRequest } from './errors.ts';

/** Where the next page of a list starts. Opaque to clients, and good only for the list that gave it. */
export function pageToken(list: string, after: string): string {
  return Buffer.from(JSON.stringify([listId(list), after])).toString('base64url');
}

/** The position in a token, below `prefix`; a token of another list, or none of ours, is a BadRequest. */
export function pageStart(list: string, token: string | undefined, prefix = ''): string | undefined {
  if (token === undefined) return undefined;
  const [id, after] = decoded(token);
  if (id !== listId(list) || typeof after !== 'string' || !after.startsWith(prefix) || Buffer.byteLength(after) > 1024)
    throw new BadRequest('nextToken is not one that this list gave; start again without it');
  return after;
}

function decoded(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const listId = (list: string): string => createHash('sha256').update(list).digest('base64url').slice(0, 8);
