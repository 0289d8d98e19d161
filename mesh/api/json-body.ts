import { BadRequest } from './errors.ts';

/** A JSON object out of a request body; an absent body is `{}`. Anything else, a key given twice too, is a BadRequest. */
export function jsonBody(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRequest('the body must be a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw new BadRequest(`the body names ${JSON.stringify(twice)} twice in one object`);
  return value as Readonly<Record<string, unknown>>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadRequest(`the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The first key an object of this (valid) JSON text has twice: `JSON.parse` would keep the last and drop the other in silence. */
function duplicateKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [token, key = '', colon] of text.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (colon !== undefined) {
      const seen = objects.at(-1);
      const name: string = JSON.parse(`"${key}"`);
      if (seen?.has(name)) return name.slice(0, 60);
      seen?.add(name);
    }
  }
  return undefined;
}
