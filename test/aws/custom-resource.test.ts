import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import * as v from 'valibot';
import { afterEach, expect, test } from 'vitest';
import { customResource } from '#aws/custom-resource.ts';

const answers: { readonly type: string | undefined; readonly body: unknown }[] = [];
let status = 200;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    answers.push({ type: request.headers['content-type'], body });
    response.writeHead(status).end();
  });
});

afterEach(() => {
  answers.length = 0;
  status = 200;
  server.close();
});

async function event(over: object = {}): Promise<CloudFormationCustomResourceEvent> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    RequestType: 'Create',
    ResponseURL: `http://127.0.0.1:${port}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Discovery',
    ResourceType: 'Custom::Discovery',
    ServiceToken: 'arn',
    ResourceProperties: { ServiceToken: 'arn' },
    ...over,
  } as CloudFormationCustomResourceEvent;
}

const context = { functionName: 'f', awsRequestId: 'r' } as Context;
const request = v.object({ RequestType: v.string() });

test('what was done is answered with the resource’s id', async () => {
  await customResource(request, async () => 'bucket/discovery')(await event(), context);

  expect(answers.map(({ body }) => body)).toEqual([
    {
      Status: 'SUCCESS',
      PhysicalResourceId: 'bucket/discovery',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Discovery',
    },
  ]);
});

test('what failed is answered too, with its reason and the id the resource had: else CloudFormation waits for an hour', async () => {
  const failing = customResource(request, async () => Promise.reject(new Error('no data endpoint')));
  await failing(await event({ RequestType: 'Update', PhysicalResourceId: 'old' }), context);

  expect(answers[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'no data endpoint', PhysicalResourceId: 'old' });
});

test('a request that is not understood is answered', async () => {
  const strict = customResource(v.object({ Bucket: v.string() }), async () => 'x');
  await strict(await event(), context);

  expect(answers[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'Discovery' });
});

test('an answer that was not taken fails the function, so that Lambda tries again', async () => {
  status = 403;
  const done = customResource(request, async () => 'x');

  await expect(done(await event(), context)).rejects.toThrow('with 403');
});
