import { iot } from '#aws/clients-iot-control.ts';
import { s3 } from '#aws/clients-s3.ts';
import { customResource } from '#aws/custom-resource.ts';
import { dataEndpoint, emptyBucket, writeDiscoveryObject } from '#aws/discovery-store.ts';
import { discoveryRequest, type WriteDiscoveryPorts, writeDiscovery } from './write-discovery.ts';

const ports: WriteDiscoveryPorts = {
  dataEndpoint: () => dataEndpoint(iot),
  write: (bucket, discovery) => writeDiscoveryObject(s3, bucket, discovery),
  empty: (bucket) => emptyBucket(s3, bucket),
};

export const handler = customResource(discoveryRequest, writeDiscovery(ports));
