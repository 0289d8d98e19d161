import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsAccess } from './deploy.ts';
import type { Credentials } from './ministack.ts';
import { signedFetch } from './signed-fetch.ts';

/** Temporary credentials, as every one that leaves the platform is. */
export type SessionCredentials = Required<Credentials>;

const OPERATOR_ROLE = 'weir-local-operator';
/** IAM's maximum for a role session, and what a day at the keyboard needs. */
const SESSION_SECONDS = 43_200;

/** Credentials of a local operator: everything the account allows, but by a role, so that IAM is asked each time. */
export async function operatorCredentials(
  { endpoint, region, credentials }: AwsAccess,
  account: string,
): Promise<SessionCredentials> {
  const client = { endpoint, region, credentials };
  const iam = new IAMClient(client);
  const trust = statement({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'sts:AssumeRole',
  });
  await iam.send(
    new CreateRoleCommand({
      RoleName: OPERATOR_ROLE,
      AssumeRolePolicyDocument: trust,
      MaxSessionDuration: SESSION_SECONDS,
    }),
  );
  const policy = statement({ Effect: 'Allow', Action: '*', Resource: '*' });
  await iam.send(
    new PutRolePolicyCommand({ RoleName: OPERATOR_ROLE, PolicyName: 'everything', PolicyDocument: policy }),
  );
  const role = `arn:aws:iam::${account}:role/${OPERATOR_ROLE}`;
  const assume = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'local', DurationSeconds: SESSION_SECONDS });
  const { Credentials: session } = await new STSClient(client).send(assume);
  return sessionCredentials(
    {
      accessKeyId: session?.AccessKeyId,
      secretAccessKey: session?.SecretAccessKey,
      sessionToken: session?.SessionToken,
    },
    'STS',
  );
}

/** Weir credentials for the `appmesh` API, from the product's own session endpoint, as `weir credentials` gets them. */
export async function weirCredentials(
  weirUrl: string,
  operator: SessionCredentials,
  region: string,
): Promise<SessionCredentials> {
  const url = `${weirUrl}/weir/v1/session/*/admin`;
  const body = { durationSeconds: SESSION_SECONDS };
  const response = await signedFetch({ method: 'POST', url, credentials: operator, region, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text}`);
  return sessionCredentials(JSON.parse(text), url);
}

function sessionCredentials(
  found: { [Key in keyof SessionCredentials]?: string | undefined },
  from: string,
): SessionCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = found;
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error(`${from} answered without credentials.`);
  return { accessKeyId, secretAccessKey, sessionToken };
}

const statement = (body: object) => JSON.stringify({ Version: '2012-10-17', Statement: [body] });
