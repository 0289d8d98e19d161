import { expect, test } from 'vitest';
import type { Discovery } from '#mesh/wire/discovery.ts';
import { writeDiscovery } from '../../functions/write-discovery/write-discovery.ts';

const ResourceProperties = { Bucket: 'weir-111122223333-us-east-1', Table: 'weir-Table', Stack: 'my_weir' };

function world() {
  const written: (readonly [string, Discovery])[] = [];
  const emptied: string[] = [];
  const run = writeDiscovery({
    dataEndpoint: async () => 'abc-ats.iot.us-east-1.amazonaws.com',
    write: async (bucket, discovery) => void written.push([bucket, discovery]),
    empty: async (bucket) => void emptied.push(bucket),
  });
  return { run, written, emptied };
}

test('a stack’s creation and update write what an agent must know', async () => {
  const { run, written, emptied } = world();
  const ids = [
    await run({ RequestType: 'Create', ResourceProperties }),
    await run({ RequestType: 'Update', ResourceProperties }),
  ];

  const discovery = {
    protocol: [1, 1],
    iot: 'abc-ats.iot.us-east-1.amazonaws.com',
    bucket: 'weir-111122223333-us-east-1',
    table: 'weir-Table',
    stack: 'my_weir',
  };
  expect(written).toEqual([
    [discovery.bucket, discovery],
    [discovery.bucket, discovery],
  ]);
  expect(new Set(ids).size).toBe(1);
  expect(emptied).toEqual([]);
});

test('its removal leaves the bucket empty, because CloudFormation deletes no other', async () => {
  const { run, written, emptied } = world();
  await run({ RequestType: 'Delete', ResourceProperties });

  expect([written, emptied]).toEqual([[], ['weir-111122223333-us-east-1']]);
});
