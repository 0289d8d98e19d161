import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** A queue of SQS by its URL. */
export interface MessageQueue {
  /** `reason`: an attribute beside the body, for whoever finds the message. */
  send(body: string, reason?: string): Promise<void>;
  /** Hides a received message for so many seconds, counted from now. */
  defer(receipt: string, seconds: number): Promise<void>;
}

export function messageQueue(client: SQSClient, QueueUrl: string): MessageQueue {
  return {
    async send(MessageBody, reason) {
      const MessageAttributes = reason && { reason: { DataType: 'String', StringValue: reason } };
      await client.send(
        new SendMessageCommand({ QueueUrl, MessageBody, ...(MessageAttributes && { MessageAttributes }) }),
      );
    },
    async defer(ReceiptHandle, VisibilityTimeout) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    },
  };
}
