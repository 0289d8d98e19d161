import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startMiniStack } from '../../local/ministack.ts';
import { Processes } from '../../local/processes.ts';

/** A table shaped as template.yaml shapes it, in a MiniStack of its own. */
export interface TestTable {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly close: () => Promise<void>;
}

/** Starts MiniStack and makes the one table. */
export async function startTable(): Promise<TestTable> {
  const processes = new Processes();
  const folder = await mkdtemp(join(tmpdir(), 'weir-table-'));
  processes.removeAtEnd(folder);
  const { url, region, root } = await startMiniStack({ processes, folder });
  const raw = new DynamoDBClient({ endpoint: url, region, credentials: root, maxAttempts: 1 });
  await raw.send(
    new CreateTableCommand({
      TableName: 'weir',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'ipk', AttributeType: 'S' },
        { AttributeName: 'isk', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byIndex',
          KeySchema: [
            { AttributeName: 'ipk', KeyType: 'HASH' },
            { AttributeName: 'isk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
  return { client, table: 'weir', close: () => processes.endAll() };
}
