import { Command } from 'commander';
import { planEjection } from '../adoption.ts';
import { type ChangeOptions, carryOut, ecsOf, readService } from '../change-service.ts';
import { connect } from '../connect.ts';
import { withChange, withConnection, withOutput } from '../options.ts';
import type { Session } from '../session.ts';

/** `weir eject`: gives a service back to ECS as it was before `weir adopt`. */
export function ejectCommand(session: Session): Command {
  const command = new Command('eject')
    .description('Gives an adopted ECS service its former deployment configuration back.')
    .argument('<service>', 'name or ARN of the ECS service');
  return withOutput(withConnection(withChange(command)), 'text').action(
    async (name: string, options: ChangeOptions) => {
      const ecs = await ecsOf(session, await connect(session, options));
      const service = await readService(ecs, options, name);
      await carryOut(session, ecs, service, planEjection(service), options);
    },
  );
}
