import { S3Client } from '@aws-sdk/client-s3';

/** The function's one S3 client. */
export const s3 = new S3Client({});
