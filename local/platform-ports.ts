import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsAccess } from './deploy.ts';
import type { EventSink } from './ecs/event-publisher.ts';
import type { AssumeRole } from './ecs/role-credentials.ts';

/** The default bus, for events in the name of an AWS service. Rejects when an entry was not accepted. */
export function eventBus(aws: AwsAccess): EventSink {
  const client = new EventBridgeClient(aws);
  return {
    async putEvents(entries) {
      const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [...entries] }));
      const refused = Entries?.find((entry) => entry.ErrorCode !== undefined);
      if (FailedEntryCount)
        throw new Error(`EventBridge refused an event: ${refused?.ErrorCode} ${refused?.ErrorMessage}`);
    },
  };
}

/** STS, for the role of a task. Rejects with STS's own error, for example when the role does not trust ECS. */
export function taskRoles(aws: AwsAccess): AssumeRole {
  const client = new STSClient(aws);
  return async (RoleArn, RoleSessionName) => {
    const { Credentials: found } = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
    if (!found?.AccessKeyId || !found.SecretAccessKey || !found.SessionToken || !found.Expiration) {
      throw new Error(`STS answered without credentials for ${RoleArn}.`);
    }
    return {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      sessionToken: found.SessionToken,
      expiration: found.Expiration,
    };
  };
}
