import type { EcsService, EcsServices } from '#aws/client/ecs-services.ts';
import type { Plan } from './adoption.ts';
import { differencesOf, diffText } from './configuration-diff.ts';
import type { ConnectionOptions } from './connect.ts';
import { exitCodes, Failure, reasonOf } from './failure.ts';
import type { OutputFormat } from './options.ts';
import type { Connection, Session } from './session.ts';

/** The options of the commands that change an ECS service. */
export interface ChangeOptions extends ConnectionOptions {
  readonly cluster: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** ECS's refusals; whatever else it throws may pass. */
const REFUSED = /AccessDenied|NotFound|NotActive|InvalidParameter|UnsupportedFeature|ClientException|InvalidSignature/;

/** Reads the service; an ARN names its cluster by itself. Throws {@link Failure} when there is none. */
export async function readService(ecs: EcsServices, options: ChangeOptions, name: string): Promise<EcsService> {
  const cluster = /:service\/([^/]+)\/[^/]+$/.exec(name)?.[1] ?? options.cluster;
  const found = await asked(ecs.describe(cluster, name));
  if (found !== undefined) return found;
  throw new Failure(exitCodes.refused, `the cluster ${cluster} has no service ${name}: name the cluster by --cluster.`);
}

/** Shows what a plan would change, asks unless told not to, and does it: first what must be remembered, then the change. */
export async function carryOut(
  session: Session,
  ecs: EcsServices,
  service: EcsService,
  plan: Plan,
  options: ChangeOptions,
): Promise<void> {
  if (plan.kind === 'refused') throw new Failure(exitCodes.refused, `${service.arn}: ${plan.reason}`);
  if (plan.kind === 'nothing') {
    session.print(report(service, plan, options, false));
    return;
  }
  const isToBeDone = options.dryRun !== true && (await isAgreed(session, service, plan, options));
  if (isToBeDone) {
    await asked(ecs.tag(service, plan.tags));
    await asked(ecs.configure(service, plan.configuration));
    await asked(ecs.untag(service, plan.untag));
  }
  session.print(report(service, plan, options, isToBeDone));
}

/** Whether the user says yes; what is asked about goes to stderr, so that stdout is the result alone. */
async function isAgreed(session: Session, service: EcsService, plan: Plan, { yes }: ChangeOptions): Promise<boolean> {
  if (yes === true) return true;
  session.tell(text(service, plan).trimEnd());
  const answer = await session.ask('Change the service? [y/N] ');
  if (answer === undefined)
    throw new Failure(exitCodes.usage, 'there is nobody to ask whether to change the service: add --yes or --dry-run.');
  return /^y(es)?$/i.test(answer.trim());
}

function report(service: EcsService, plan: Plan, { output, dryRun }: ChangeOptions, isChanged: boolean): string {
  if (output === 'text') {
    const outcome = isChanged
      ? 'Changed.\n'
      : dryRun === true
        ? 'Not changed: this was a dry run.\n'
        : 'Not changed.\n';
    return text(service, plan) + outcome;
  }
  const { arn, configuration } = service;
  const differences = plan.kind === 'change' ? differencesOf(configuration, plan.configuration) : [];
  return `${JSON.stringify({ service: arn, changed: isChanged, differences }, null, 2)}\n`;
}

function text({ arn, configuration, proxy }: EcsService, plan: Plan): string {
  const head = `${arn}${proxy === undefined ? '' : ` (virtual node ${proxy.name} of mesh ${proxy.mesh})`}\n`;
  if (plan.kind !== 'change') return `${head}${plan.reason}\n`;
  const remarks = plan.remarks.map((remark) => `${remark}\n`).join('');
  return `${head}${diffText(differencesOf(configuration, plan.configuration))}${remarks}`;
}

async function asked<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    const exitCode = REFUSED.test(name) ? exitCodes.refused : exitCodes.failed;
    throw new Failure(exitCode, `ECS: ${name}: ${reasonOf(cause)}`, { cause });
  }
}

/** ECS as the caller of this connection. */
export const ecsOf = (session: Session, { region, credentials, ecs }: Connection): Promise<EcsServices> =>
  session.ecsServices({ region, credentials, ...(ecs !== undefined && { endpoint: ecs }) });
