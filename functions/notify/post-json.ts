import { lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** What is sent. */
export interface JsonPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Posts, and answers the HTTP status; throws when there was none. */
export type PostJson = (post: JsonPost) => Promise<number>;

/** A receiver that may not be called, by what its URL says or its name resolves to. Its text holds no part of the URL. */
export class ForbiddenReceiverError extends Error {
  override readonly name = 'ForbiddenReceiver';
}

/** From the first packet to the last byte of the answer: Slack's own clients wait 3 s, Teams answers in about 1 s. */
const TIMEOUT_MS = 8000;

/**
 * Posts JSON over HTTPS to the public internet only: the address is checked when it is connected to, so that no name can be
 * public first and private then, and redirects are not followed. With `allowPrivate` (local mode) any http(s) URL will do.
 * @throws {ForbiddenReceiverError} before anything is sent.
 */
export function postJson({ allowPrivate }: { readonly allowPrivate: boolean }): PostJson {
  return async ({ url: text, headers, body }) => {
    const url = URL.parse(text);
    const isAllowed = url?.protocol === 'https:' || (allowPrivate && url?.protocol === 'http:');
    if (url === null || !isAllowed) throw new ForbiddenReceiverError('the URL is not https');
    if (!allowPrivate && isLiteral(url) && !isPublicAddress(bare(url))) throw notPublic();
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const options = { method: 'POST', signal, headers, ...(allowPrivate ? {} : { lookup: publicLookup }) };
    return send(url, options, body);
  };
}

type Options = NonNullable<Parameters<typeof requestHttps>[1]>;

function send(url: URL, options: Options, body: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (answer) => {
    answer.once('end', () => resolve(answer.statusCode ?? 0));
    answer.once('error', reject);
    answer.resume();
  });
  request.once('error', reject);
  request.end(body);
  return promise;
}

/** Node's own lookup, without addresses that are not public. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const found = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = found;
    if (first === undefined) return callback(notPublic(), '');
    if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

const bare = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');
/** Node looks no literal address up. */
const isLiteral = ({ hostname }: URL): boolean => /^[\d.]+$|^\[/.test(hostname);
const notPublic = () => new ForbiddenReceiverError('the receiver has no public address');
