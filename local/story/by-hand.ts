/** What the commands to paste are made of. */
export type HandsOn = { region: string; mesh: string; cluster: string };

const environment = (set: 'credentials' | 'iam') => `eval "$(node local/story/environment.mjs ${set})"`;

/**
 * Commands that go on where the story ended, to be pasted into another shell in this folder: one that lists the mesh with
 * the AWS CLI, one that releases the bad version again, one that takes it back. No secret is in the text.
 */
export function handsOn({ region, mesh, cluster }: HandsOn): string {
  return [
    'Go on by hand, in another shell in this folder. `aws` is the AWS CLI;',
    '`npm test` puts one into .local/venv-test/bin.',
    '',
    '  # the mesh, as any App Mesh user sees it',
    `  ${environment('credentials')}`,
    `  aws appmesh list-virtual-nodes --mesh-name ${mesh}`,
    '',
    '  # release v2 again, as a pipeline would, and watch it here',
    `  ${environment('iam')}`,
    `  rollout=dep-$(aws ecs update-service --cluster ${cluster} --service orders \\`,
    '    --task-definition orders:2 --force-new-deployment --output text \\',
    "    --query 'service.deployments[?status==`PRIMARY`].id' | cut -d/ -f2)",
    '',
    '  # changed your mind: take it back while it is under way',
    `  ${rollbackCommand(region, '$rollout')}`,
  ].join('\n');
}

/** The `curl` that rolls back a rollout; the shell has the operator's credentials and `$WEIR` from `environment.mjs iam`. */
export function rollbackCommand(region: string, rollout: string): string {
  return [
    `curl -sS --fail-with-body -X POST --aws-sigv4 aws:amz:${region}:execute-api`,
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    '-H "x-amz-security-token: $AWS_SESSION_TOKEN"',
    `"$WEIR/weir/v1/rollouts/${rollout}/rollback"`,
  ].join(' \\\n    ');
}
