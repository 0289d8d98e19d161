import type { Discovery } from '#mesh/wire/discovery.ts';
import { bucketName, DISCOVERY_KEY, REVISION_SORT_KEY, revisionKey, snapshotKey } from '#mesh/wire/names.ts';
import type { Snapshot } from '#mesh/wire/snapshot.ts';
import { type AwsCaller, awsRequest, domain } from './aws-request.ts';
import type { HttpResponse } from './http-request.ts';

/** The state a proxy can read of the control plane: an S3 object and a DynamoDB item. */
export interface ControlPlane {
  /** `undefined` while nothing was ever compiled for this proxy. */
  snapshot(proxy: string): Promise<Snapshot | undefined>;
  /** The published revision; `undefined` while there is none. */
  revision(proxy: string): Promise<number | undefined>;
}

/** An answer of S3 or DynamoDB other than success: `status` and the service's own text. */
export class ControlPlaneError extends Error {
  override name = 'ControlPlaneError';
  readonly status: number;
  constructor(what: string, { status, body }: HttpResponse) {
    super(`${what}: ${status} ${body.toString().slice(0, 300)}`);
    this.status = status;
  }
}

/** Who asks, and where. */
export interface ControlPlaneOptions extends AwsCaller {
  readonly owner: string;
  readonly region: string;
  readonly endpoints: { readonly s3?: string; readonly dynamodb?: string };
}

/**
 * Reads where everything else is, from the one bucket whose name follows from the owner. Every S3 read names the expected
 * bucket owner: bucket names are global, and a squatter's bucket must not configure anybody's Envoy.
 */
export async function readDiscovery(options: ControlPlaneOptions): Promise<Discovery> {
  const bucket = bucketName(options.owner, options.region);
  const answer = await readObject(options, bucket, DISCOVERY_KEY);
  if (answer.status !== 200) throw new ControlPlaneError(`s3://${bucket}/${DISCOVERY_KEY}`, answer);
  return JSON.parse(answer.body.toString()) as Discovery;
}

/** S3 and DynamoDB by hand-signed requests. */
export function controlPlane(options: ControlPlaneOptions, { bucket, table }: Discovery): ControlPlane {
  return {
    async snapshot(proxy) {
      const key = snapshotKey(proxy);
      const answer = await readObject(options, bucket, key);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw new ControlPlaneError(`s3://${bucket}/${key}`, answer);
      return JSON.parse(answer.body.toString()) as Snapshot;
    },
    revision: (proxy) => readRevision(options, table, proxy),
  };
}

async function readObject(options: ControlPlaneOptions, bucket: string, key: string): Promise<HttpResponse> {
  const { owner, region, endpoints } = options;
  const host = `https://${bucket}.s3.${region}.${domain(region)}`;
  const url = new URL(endpoints.s3 === undefined ? `${host}/${key}` : `${endpoints.s3}/${bucket}/${key}`);
  const headers = { 'x-amz-expected-bucket-owner': owner };
  return awsRequest(options, { service: 's3', region, method: 'GET', url, headers, body: '' });
}

async function readRevision(options: ControlPlaneOptions, table: string, proxy: string): Promise<number | undefined> {
  const { region, endpoints } = options;
  const url = new URL(endpoints.dynamodb ?? `https://dynamodb.${region}.${domain(region)}`);
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' };
  const key = { pk: { S: revisionKey(proxy) }, sk: { S: REVISION_SORT_KEY } };
  const body = JSON.stringify({ TableName: table, Key: key, ProjectionExpression: 'rev' });
  const answer = await awsRequest(options, { service: 'dynamodb', region, method: 'POST', url, headers, body });
  if (answer.status !== 200) throw new ControlPlaneError(`item ${revisionKey(proxy)} of ${table}`, answer);
  const { Item } = JSON.parse(answer.body.toString()) as { Item?: { rev?: { N?: string } } };
  return Item?.rev?.N === undefined ? undefined : Number(Item.rev.N);
}
