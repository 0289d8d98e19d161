import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateTopicRuleCommand, IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { bucketName, DISCOVERY_KEY, newsTopic, REVISION_SORT_KEY, revisionKey, snapshotKey } from '#mesh/wire/names.ts';
import type { ProxyReport, TelemetryReport } from '#mesh/wire/report.ts';
import type { News, Snapshot } from '#mesh/wire/snapshot.ts';
import { type MiniStack, startMiniStack } from '../../local/ministack.ts';
import { Processes } from '../../local/processes.ts';
import { eventually } from './eventually.ts';

const STACK = 'weir';
const TABLE = 'weir-test';
const IOT_HOST = 'test-ats.iot.us-east-1.amazonaws.com';

/** The control plane's side of the wire, written by the test itself, on a real S3, DynamoDB and MQTT broker. */
export class LocalControlPlane {
  readonly aws: MiniStack;
  readonly #processes: Processes;
  readonly #s3: S3Client;
  readonly #dynamodb: DynamoDBClient;
  readonly #iot: IoTDataPlaneClient;
  readonly #sqs: SQSClient;
  readonly #queues = new Map<string, string>();

  private constructor(aws: MiniStack, processes: Processes) {
    const { url: endpoint, region, root: credentials } = aws;
    const options = { endpoint, region, credentials };
    this.aws = aws;
    this.#processes = processes;
    this.#s3 = new S3Client({ ...options, forcePathStyle: true });
    this.#dynamodb = new DynamoDBClient(options);
    this.#iot = new IoTDataPlaneClient(options);
    this.#sqs = new SQSClient(options);
  }

  static async start(): Promise<LocalControlPlane> {
    const processes = new Processes();
    const folder = mkdtempSync(join(tmpdir(), 'weir-aws-'));
    processes.removeAtEnd(folder);
    const plane = new LocalControlPlane(await startMiniStack({ processes, folder }), processes);
    await plane.#deploy();
    return plane;
  }

  get bucket(): string {
    return bucketName(this.aws.account, this.aws.region);
  }

  async stop(): Promise<void> {
    await this.#processes.endAll();
  }

  /** Stores a snapshot as the push does (S3, then the revision item) and tells nobody. */
  async store(snapshot: Snapshot): Promise<void> {
    const { proxy, rev } = snapshot;
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: snapshotKey(proxy), Body: JSON.stringify(snapshot) }),
    );
    const Item = { pk: { S: revisionKey(proxy) }, sk: { S: REVISION_SORT_KEY }, rev: { N: `${rev}` } };
    await this.#dynamodb.send(new PutItemCommand({ TableName: TABLE, Item }));
  }

  /** Stores a snapshot and publishes a pointer to it. */
  async push(snapshot: Snapshot): Promise<void> {
    await this.store(snapshot);
    await this.publish(snapshot.proxy, { v: 1, kind: 'pointer', rev: snapshot.rev, hash: snapshot.hash });
  }

  async publish(proxy: string, news: News): Promise<void> {
    const payload = Buffer.from(JSON.stringify(news));
    await this.#iot.send(new PublishCommand({ topic: newsTopic(proxy), payload, qos: 1 }));
  }

  /** The first ack that satisfies `wanted`; those before it are gone. */
  ack(wanted: (report: ProxyReport) => boolean, what: string): Promise<ProxyReport> {
    return this.#message(`${STACK}_ack`, wanted, what);
  }

  /** The first telemetry report that satisfies `wanted`. */
  counts(wanted: (report: TelemetryReport) => boolean, what: string): Promise<TelemetryReport> {
    return this.#message(`${STACK}_telemetry`, wanted, what);
  }

  async #deploy(): Promise<void> {
    const { url: endpoint, region, root: credentials } = this.aws;
    const iot = new IoTClient({ endpoint, region, credentials });
    const key = (name: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName: name, KeyType });
    const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
    await this.#s3.send(new CreateBucketCommand({ Bucket: this.bucket }));
    const discovery = { protocol: [1, 1], iot: IOT_HOST, bucket: this.bucket, table: TABLE, stack: STACK };
    const Body = JSON.stringify(discovery);
    await this.#s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: DISCOVERY_KEY, Body }));
    await this.#dynamodb.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
        AttributeDefinitions: [attribute('pk'), attribute('sk')],
      }),
    );
    const RoleName = 'rule';
    const iam = new IAMClient({ endpoint, region, credentials });
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: policy({ Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' }),
      }),
    );
    const PolicyDocument = policy({ Action: 'sqs:SendMessage', Resource: '*' });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'send', PolicyDocument }));
    for (const ruleName of [`${STACK}_ack`, `${STACK}_telemetry`]) await this.#queueFor(iot, ruleName);
  }

  async #queueFor(iot: IoTClient, ruleName: string): Promise<void> {
    const { QueueUrl: queueUrl = '' } = await this.#sqs.send(new CreateQueueCommand({ QueueName: ruleName }));
    this.#queues.set(ruleName, queueUrl);
    const sqs = { queueUrl, roleArn: `arn:aws:iam::${this.aws.account}:role/rule`, useBase64: false };
    const sql = `SELECT * FROM '${ruleName}'`;
    await iot.send(new CreateTopicRuleCommand({ ruleName, topicRulePayload: { sql, actions: [{ sqs }] } }));
  }

  #message<T>(queue: string, wanted: (message: T) => boolean, what: string): Promise<T> {
    const QueueUrl = this.#queues.get(queue);
    return eventually(what, async () => {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 1 }),
      );
      const [message] = Messages;
      if (message === undefined) return undefined;
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      const body = JSON.parse(message.Body ?? '') as T;
      return wanted(body) ? body : undefined;
    });
  }
}

function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}
