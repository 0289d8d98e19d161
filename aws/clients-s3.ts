import { S3Client } from '@aws-sdk/client-s3';

/** The function's one S3 client. Where another endpoint is set, buckets have no host names of their own. */
export const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
