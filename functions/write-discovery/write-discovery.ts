import * as v from 'valibot';
import type { Discovery } from '#mesh/wire/discovery.ts';
import { PROTOCOL } from '#mesh/wire/names.ts';

/** What the stack's custom resource touches. */
export interface WriteDiscoveryPorts {
  /** Host of the account's data endpoint of AWS IoT. */
  readonly dataEndpoint: () => Promise<string>;
  readonly write: (bucket: string, discovery: Discovery) => Promise<void>;
  /** Deletes every object that Weir wrote: CloudFormation can delete only an empty bucket. */
  readonly empty: (bucket: string) => Promise<void>;
}

/** CloudFormation's request to a custom resource, as template.yaml makes it. */
export const discoveryRequest = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResourceProperties: v.object({ Bucket: v.string(), Table: v.string(), Stack: v.string() }),
});

/** Writes the object that agents start from; when the stack goes, leaves nothing behind. Answers the resource's id. */
export const writeDiscovery =
  ({ dataEndpoint, write, empty }: WriteDiscoveryPorts) =>
  async ({ RequestType, ResourceProperties }: v.InferOutput<typeof discoveryRequest>): Promise<string> => {
    const { Bucket: bucket, Table: table, Stack: stack } = ResourceProperties;
    if (RequestType === 'Delete') await empty(bucket);
    else {
      const protocol = [PROTOCOL.min, PROTOCOL.max] as const;
      await write(bucket, { protocol, iot: await dataEndpoint(), bucket, table, stack });
    }
    return `${bucket}/discovery`;
  };
