import { EcsError } from './ecs-error.ts';

/** ECS's List operations return up to 100 results when `maxResults` is not given. */
const DEFAULT_PAGE = 100;

/** One page of a list; the token is opaque to callers and stands for a position. */
export function pageOf<Item>(
  items: readonly Item[],
  request: { nextToken?: string | undefined; maxResults?: number | undefined },
): { items: Item[]; nextToken?: string } {
  const start = request.nextToken === undefined ? 0 : position(request.nextToken);
  const end = start + Math.min(DEFAULT_PAGE, request.maxResults ?? DEFAULT_PAGE);
  const token = end < items.length ? { nextToken: Buffer.from(`${end}`).toString('base64url') } : {};
  return { items: items.slice(start, end), ...token };
}

function position(token: string): number {
  const at = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(at) || at < 0) throw new EcsError('InvalidParameterException', 'nextToken is not valid.');
  return at;
}
