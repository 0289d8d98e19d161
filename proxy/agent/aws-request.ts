import type { CredentialSource } from './credentials.ts';
import type { HttpClient, HttpResponse } from './http-request.ts';
import { signHeaders } from './sigv4.ts';

/** Who signs, and how requests are made. */
export interface AwsCaller {
  readonly credentials: CredentialSource;
  readonly request: HttpClient;
  readonly now?: () => Date;
}

/** One request to a service of AWS. `headers` and `body` are signed with it. */
export interface AwsRequest {
  readonly service: string;
  readonly region: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a signed request; any status is an answer. */
export async function awsRequest(caller: AwsCaller, call: AwsRequest): Promise<HttpResponse> {
  const { credentials, request, now = () => new Date() } = caller;
  const { service, region, method, url, headers, body } = call;
  const signed = signHeaders({ method, url, headers, body }, { service, region }, await credentials(), now());
  return request({ url: url.href, method, headers: signed, ...(body !== '' && { body }) });
}

/** The domain under which a region's services answer. */
export function domain(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
