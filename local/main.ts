import { relative } from 'node:path';
import { type Platform, startPlatform } from './platform.ts';
import { stopSignal } from './stop-signal.ts';

/** `npm run local`: the platform alone, until Ctrl-C. */
async function main(): Promise<void> {
  const stopped = stopSignal();
  const log = (line: string) => console.log(`weir: ${line}`);
  const starting = startPlatform({ log });
  const platform = await Promise.race([starting, stopped]);
  // A start cannot be cut short step by step; the reaper ends what it has started so far.
  if (!platform) process.exit(0);
  try {
    console.log(summary(platform));
    await stopped;
    log('stopping ...');
  } finally {
    await platform.stop();
  }
}

function summary({ urls, directory, network, region }: Platform): string {
  return `
Weir is running on this machine (tasks on ${network.cidr}).

  App Mesh API   ${urls.appmesh}
  Weir API       ${urls.weir}/weir/v1
  ECS            ${urls.ecs}
  other AWS APIs ${urls.aws}
  logs           ${relative('', directory)}

.local/run.json has all of this and two sets of credentials. In another terminal:

  eval "$(node local/story/environment.mjs credentials)"
  aws appmesh create-mesh --mesh-name hello
  eval "$(node local/story/environment.mjs iam)"
  aws ecs list-clusters
  curl --aws-sigv4 aws:amz:${region}:execute-api \\
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
    -H "x-amz-security-token: $AWS_SESSION_TOKEN" "$WEIR/weir/v1/rollouts"
  aws logs filter-log-events --log-group-name /weir/weir --query 'events[].message'

Ctrl-C ends everything.`;
}

try {
  await main();
} catch (error) {
  const known = error instanceof Error;
  console.error(`weir: ${known ? error.message : String(error)}`);
  process.exitCode = 1;
}
