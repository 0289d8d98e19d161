import { setTimeout } from 'node:timers/promises';
import { outbox } from '#aws/outbox.ts';
import { publisher } from '#aws/publish.ts';
import { stream } from '#aws/subscriber.ts';
import { table } from '#aws/table.ts';
import { publishOutbox } from './publish-outbox.ts';

export const handler = stream(
  publishOutbox({ outbox: outbox(table()), publisher: publisher(), now: Date.now, sleep: setTimeout }),
);
