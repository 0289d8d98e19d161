import { SQSClient } from '@aws-sdk/client-sqs';

/** The function's one SQS client. */
export const sqs = new SQSClient({});
