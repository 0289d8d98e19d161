import { ServiceDiscoveryClient } from '@aws-sdk/client-servicediscovery';

/** The function's one Cloud Map client. An endpoint of the environment (local mode) has no `data-` host beside it, as AWS's has. */
export const serviceDiscovery = new ServiceDiscoveryClient({
  disableHostPrefix: process.env['AWS_ENDPOINT_URL'] !== undefined,
});
