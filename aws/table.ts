import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './clients-dynamodb.ts';
import { readConfig } from './config.ts';

/** The stack's one table and the client to reach it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** The table this function's environment names. */
export function table(): Table {
  return { client: dynamodb, name: readConfig().table };
}
