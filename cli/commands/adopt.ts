import { Command } from 'commander';
import { percentEncode } from '#mesh/api/match-operation.ts';
import { planAdoption } from '../adoption.ts';
import { callWeir } from '../call-weir.ts';
import { type ChangeOptions, carryOut, ecsOf, readService } from '../change-service.ts';
import { connect } from '../connect.ts';
import { wholeNumber, withChange, withConnection, withOutput } from '../options.ts';
import type { Session } from '../session.ts';

interface Options extends ChangeOptions {
  readonly hookTimeout: number;
}

/** Twelve hours, as docs/deploy.md has it: a night, and still before the next day's release. */
const HOOK_MINUTES = 720;
/** ECS's own range: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-hooks.html */
const LONGEST_HOOK_MINUTES = 20_160;

/** `weir adopt`: from now on Weir holds the service's deployments and judges them before ECS goes on. */
export function adoptCommand(session: Session): Command {
  const command = new Command('adopt')
    .description("Sets an ECS service to ECS's own blue/green with a pause, so that Weir canaries its deployments.")
    .argument('<service>', 'name or ARN of the ECS service')
    .option(
      '--hook-timeout <minutes>',
      'ECS rolls back by itself when nobody answers for so long',
      wholeNumber(1, LONGEST_HOOK_MINUTES),
      HOOK_MINUTES,
    );
  return withOutput(withConnection(withChange(command)), 'text').action(async (name: string, options: Options) => {
    const connection = await connect(session, options);
    const ecs = await ecsOf(session, connection);
    const service = await readService(ecs, options, name);
    const plan = planAdoption(service, options.hookTimeout);
    if (plan.kind === 'change' && service.proxy !== undefined) {
      const { mesh, name: node } = service.proxy;
      // A service that Weir does not hear of would wait at its first deployment until ECS takes it back.
      const path = `policies/${percentEncode(mesh)}/virtualNode/${percentEncode(node)}`;
      await callWeir(session, connection, { method: 'GET', path });
    }
    await carryOut(session, ecs, service, plan, options);
  });
}
