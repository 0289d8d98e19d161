import { program, run } from '../../cli/program.ts';
import type { Session } from '../../cli/session.ts';

/** Help is wrapped to this, whatever terminal the page is made in. */
const WIDTH = 100;

/** The page of the `weir` command: how to get it, the profile that App Mesh clients need, and each command's own help. */
export async function render(): Promise<string> {
  const lines = linesOf(weir(() => {}).command);
  const sections = await Promise.all(lines.map((line) => helpOf(line)));
  return [introduction, ...sections].join('\n\n');
}

/** What is typed for each command that does something: `['rollouts', 'list']`. */
function linesOf({ commands }: ReturnType<typeof program>): readonly (readonly string[])[] {
  return commands.flatMap((one) =>
    one.commands.length === 0 ? [[one.name()]] : linesOf(one).map((line) => [one.name(), ...line]),
  );
}

async function helpOf(line: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const { command, session } = weir((text) => void printed.push(text));
  await run(command, session, [...line, '--help']);
  return `## weir ${line.join(' ')}\n\n\`\`\`text\n${printed.join('').trim()}\n\`\`\``;
}

/** The command, wired to nothing: help reaches no further. */
function weir(print: (text: string) => void) {
  const unused = () => Promise.reject(new Error('help asks nobody'));
  const session: Session = {
    environment: {},
    directory: '/',
    print,
    tell: () => {},
    callerOf: unused,
    stackOutput: unused,
    ecsServices: unused,
    ask: unused,
    fetch: unused,
    now: () => 0,
    sleep: unused,
  };
  const command = program(session, { read: () => undefined, write: () => {} });
  for (const one of command.commands.flatMap((each) => [each, ...each.commands]))
    one.configureOutput({ getOutHelpWidth: () => WIDTH });
  return { command, session };
}

const introduction = `# The weir command

\`npm run build\` makes \`dist/cli/main.mjs\`, one file that needs Node 24 and nothing else:

\`\`\`sh
alias weir="node $PWD/dist/cli/main.mjs"
\`\`\`

Every command calls [Weir's own API](weir-api.md) with your own AWS credentials, found as the AWS CLI finds them. It finds the
API by \`--endpoint\` or \`--stack\`, then \`WEIR_ENDPOINT\`, then \`WEIR_STACK\`, then a Weir that runs on this machine
(\`.local/run.json\`, called as its own operator), then the stack \`weir\`. What it prints goes to stdout; what went wrong goes to
stderr in one line that says what to do.

| exit code | |
| --- | --- |
| 0 | done |
| 1 | not done now: no answer, or Weir failed; the same command may succeed later |
| 2 | the command line is wrong |
| 3 | something is missing on this side: no endpoint, no credentials, no file |
| 4 | refused: not allowed, not there, or not in this state |

## A profile for App Mesh clients

\`weir credentials\` is made to be the \`credential_process\` of an AWS profile. In \`~/.aws/config\`:

\`\`\`ini
[profile weir]
region = eu-west-1
credential_process = node /opt/weir/main.mjs credentials --mesh shop --access write --profile dev
services = weir

[services weir]
app_mesh =
  endpoint_url = https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com
\`\`\`

- \`--profile\` names the profile of your own credentials. Without it a client that was started with \`AWS_PROFILE=weir\` would ask
  this profile for the credentials to ask with; \`weir\` sees that and says so. \`--access admin\` creates and deletes meshes.
- Write \`--mesh "*"\` with the quotes: some clients hand the line to a shell.
- Credentials are kept in \`$XDG_CACHE_HOME/weir/credentials\` (\`~/.cache\`), readable by you alone, and used again by the same
  identity until 15 minutes before they expire ([ADR 57](adr/0057-weir-credentials-are-kept-by-identity.md)).
- **AWS CLI, boto3**: \`AWS_PROFILE=weir aws appmesh list-virtual-nodes --mesh-name shop\`.
- **AWS SDK for JavaScript**: it reads \`endpoint_url\` of a profile only when \`AWS_PROFILE\` names the profile; where the profile
  is given to the constructor, set \`AWS_ENDPOINT_URL_APP_MESH\` too.
- **Terraform**: a provider of its own, and \`provider = aws.weir\` on each \`aws_appmesh_*\` resource. Nothing in the resources
  changes.

  \`\`\`hcl
  provider "aws" {
    alias                       = "weir"
    profile                     = "weir"
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    endpoints { appmesh = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com" }
  }
  \`\`\`
- Whatever takes no profile takes variables: \`eval "$(weir credentials --mesh shop --output text)"\`.

## Adopting a service

\`weir adopt\` changes one thing: the deployment configuration of an ECS service, by one UpdateService with your own rights
(\`ecs:DescribeServices\`, \`DescribeTaskDefinition\`, \`UpdateService\`, \`TagResource\`, \`UntagResource\`). It starts no deployment.
From then on ECS brings the new revision of a deployment up beside the old one, pauses, and Weir canaries it; if nobody answers
for \`--hook-timeout\` minutes, ECS rolls back by itself.

What the service had before is kept in its tags (\`weir:before-adoption/…\`), and \`weir eject\` gives exactly that back. Both show
the difference first and ask; \`--dry-run\` changes nothing. Refused, with the reason: a service with a load balancer, Service
Connect, VPC Lattice or Cloud Map (ECS would shift that traffic itself), of CodeDeploy or an external controller, a daemon, on
ECS Anywhere, a gateway, one whose node Weir does not know (each deployment would wait for nobody), and one that is just being
deployed. The circuit breaker is switched off, since ECS has it for rolling updates only, and comes back with \`eject\`.

A service that Terraform or CloudFormation owns gets the same configuration there instead, or the next apply takes it away:
[the JSON](deploy.md#a-service-joins).

## Policies in files

\`weir policy get shop > shop.yaml\`, edit, \`weir policy validate shop shop.yaml\`, \`weir policy put shop shop.yaml\`. A file is YAML
or JSON, its fields are those of [the API](weir-api.md), which is who checks them; an error names the field. Fields a file does
not name keep their value. \`--node orders\` means what that virtual node has over its mesh.

## Words to a rollout

\`promote\`, \`pause\`, \`resume\`, \`approve\`, \`deny\`, \`skip\`, \`set-weight\`, \`rollback\` and \`retry\` say one of the
[verbs of the API](weir-api.md). The rollout is named by its id or by the ARN of its ECS service, which means the one under way
(for \`retry\` the newest). Weir refuses what the rollout's state does not allow, with the reason and exit code 4. \`promote\` and
\`skip\` say which step they mean, so that a word that arrives late counts for no later step.`;
