import { AttachRolePolicyCommand, CreateRoleCommand, type IAMClient } from '@aws-sdk/client-iam';

/** Whom a task role speaks for, in the segments its topics and objects are named by. */
export type ProxyTags = { mesh: string; node: string };

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/**
 * Makes the role of a service's tasks, with the one policy Weir's stack offers for it: by its tags a task may read and
 * report for its own virtual node or gateway and for no other. Answers the role's ARN.
 */
export async function createTaskRole(
  iam: IAMClient,
  name: string,
  tags: ProxyTags,
  proxyPolicyArn: string,
): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: trust,
      Tags: [
        { Key: 'weir:mesh', Value: tags.mesh },
        { Key: 'weir:node', Value: tags.node },
      ],
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: proxyPolicyArn }));
  if (Role?.Arn === undefined) throw new Error(`IAM made role ${name} without answering its ARN.`);
  return Role.Arn;
}
