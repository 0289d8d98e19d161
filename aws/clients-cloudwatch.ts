import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';

/** The function's one CloudWatch client. */
export const cloudWatch = new CloudWatchClient({});
