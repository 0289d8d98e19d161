import type { HttpRequest } from './http.ts';
import { HttpError } from './http-errors.ts';

/** The body as text; bytes that are no UTF-8, or a content type that is not JSON, are refused. */
export function textBody({ body, headers }: HttpRequest): string {
  if (body.length === 0) return '';
  const type = headers['content-type'];
  if (type !== undefined && !/\bjson\b/i.test(type))
    throw new HttpError(415, 'UnsupportedMediaType', `content-type is ${type.slice(0, 60)}; must be application/json`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new HttpError(400, 'BadRequest', 'the body is not UTF-8 text');
  }
}
