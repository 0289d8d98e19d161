import { BadRequest } from './errors.ts';

/** A JSON object out of a request body; an absent body is `{}`. Anything else, a key given twice and a nest of levels too, is a BadRequest. */
export function jsonBody(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRequest('the body must be a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new BadRequest(`${twice} is there twice: which of the two counts would be a guess`);
  return value as Readonly<Record<string, unknown>>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadRequest(`the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** An object or list that the scan is inside of, and where in it. */
type Inside = { readonly seen: Set<string>; at: string } | { readonly seen?: never; at: number };

/** Levels a body may have; App Mesh's deepest spec has less than twenty. */
const MOST_DEPTH = 100;
/** Levels of a path that a message shows. */
const MOST_LEVELS = 12;

/** The place of the first key an object of this (valid) JSON text has twice: `JSON.parse` would drop one of them in silence. */
function duplicateKey(text: string): string | undefined {
  const inside: Inside[] = [];
  for (const [token, key = '', colon] of text.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\],]/g)) {
    const here = inside.at(-1);
    if (colon === undefined) step(inside, token);
    if (inside.length > MOST_DEPTH) throw new BadRequest(`${pathOf(inside)} is more than ${MOST_DEPTH} levels deep`);
    if (colon !== undefined && here?.seen !== undefined && isAgain(here, JSON.parse(`"${key}"`))) return pathOf(inside);
  }
  return undefined;
}

function step(inside: Inside[], token: string): void {
  const here = inside.at(-1);
  if (token === '{') inside.push({ seen: new Set(), at: '' });
  else if (token === '[') inside.push({ at: 0 });
  else if (token === '}' || token === ']') inside.pop();
  else if (token === ',' && typeof here?.at === 'number') here.at++;
}

function isAgain(here: Extract<Inside, { at: string }>, name: string): boolean {
  here.at = name;
  const isKnown = here.seen.has(name);
  here.seen.add(name);
  return isKnown;
}

function pathOf(inside: readonly Inside[]): string {
  const steps = inside.slice(0, MOST_LEVELS).map(({ at }) => (typeof at === 'number' ? `[${at}]` : stepTo(at)));
  return `${steps.join('').replace(/^\./, '')}${inside.length > MOST_LEVELS ? '…' : ''}`;
}

const stepTo = (name: string): string =>
  /^\w{1,60}$/.test(name) ? `.${name}` : `[${JSON.stringify(name.slice(0, 60))}]`;
