import { Command } from 'commander';
import { callWeir } from '../call-weir.ts';
import { connect } from '../connect.ts';
import { withConnection, withOutput } from '../options.ts';
import { printAnswer, type VerbOptions } from '../rollout-verb.ts';
import type { Session } from '../session.ts';

interface MoveOptions extends VerbOptions {
  readonly mesh: string;
  readonly router: string;
  readonly route?: readonly string[];
}

/** `weir move`: a rollout by the weights of declared routes, as the App Mesh way has them. */
export function moveCommand(session: Session): Command {
  const command = new Command('move')
    .description('Moves traffic between two virtual nodes of a virtual router, step by step and judged.')
    .argument('<from>', 'virtual node that serves now')
    .argument('<to>', 'virtual node that is to serve; the routes name it with weight 0')
    .requiredOption('--mesh <name>', 'mesh of both')
    .requiredOption('--router <name>', 'virtual router whose routes are moved')
    .option('--route <name...>', 'only these routes; all that name both nodes otherwise');
  return withOutput(withConnection(command), 'text').action(async (from: string, to: string, options: MoveOptions) => {
    const { mesh, router: virtualRouter, route } = options;
    const connection = await connect(session, options);
    const body = { mesh, virtualRouter, from, to, ...(route && { routes: route }) };
    printAnswer(session, await callWeir(session, connection, { method: 'POST', path: 'rollouts', body }), options);
  });
}
