import { DescribeEndpointCommand, type IoTClient } from '@aws-sdk/client-iot';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Discovery } from '#mesh/wire/discovery.ts';
import { DISCOVERY_KEY } from '#mesh/wire/names.ts';
import { inParallel } from './in-parallel.ts';

/** The account's data endpoint, by its ATS certificate chain: the older one is not trusted any more. */
export async function dataEndpoint(client: IoTClient): Promise<string> {
  const { endpointAddress } = await client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  if (endpointAddress === undefined) throw new Error('AWS IoT named no data endpoint for this account and region.');
  return endpointAddress;
}

/** Writes the object that agents start from. */
export async function writeDiscoveryObject(client: S3Client, bucket: string, discovery: Discovery): Promise<void> {
  const Body = JSON.stringify(discovery);
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: DISCOVERY_KEY, Body, ContentType: 'application/json' }),
  );
}

/** Deletes every object, page by page; one by one, which needs no permission beyond the objects Weir writes. */
export async function emptyBucket(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    const keys = Contents.flatMap(({ Key }) => Key ?? []);
    if (keys.length === 0) return;
    await inParallel(keys, 16, (Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })));
  }
}
