import { Command } from 'commander';
import * as v from 'valibot';
import { percentEncode } from '#mesh/api/match-operation.ts';
import { callWeir, type WeirRequest } from '../call-weir.ts';
import { type ConnectionOptions, connect } from '../connect.ts';
import { type OutputFormat, withConnection, withOutput } from '../options.ts';
import { readPolicyFile } from '../policy-file.ts';
import type { Session } from '../session.ts';

interface Options extends ConnectionOptions {
  readonly node?: string;
  readonly effective?: boolean;
  readonly output: OutputFormat;
}

const Shown = v.looseObject({ own: v.looseObject({}), effective: v.looseObject({}) });

/** `weir policy`: how a mesh's deployments are rolled out, and over it how a virtual node's are. */
export function policyCommand(session: Session): Command {
  return new Command('policy')
    .description('Shows and changes how deployments are rolled out.')
    .addCommand(getCommand(session))
    .addCommand(putCommand(session))
    .addCommand(validateCommand(session))
    .addCommand(deleteCommand(session));
}

function getCommand(session: Session): Command {
  return policyOf('get', 'Prints what a mesh or a node says of itself, as a file for put.')
    .option('--effective', 'prints what is in force: the defaults, the mesh, the node over it')
    .action((mesh: string, options: Options) => change(session, mesh, options, { method: 'GET' }));
}

function putCommand(session: Session): Command {
  return policyOf('put', 'Writes the fields a file names; those it does not name stay.', FILE).action(
    async (mesh: string, file: string, options: Options) =>
      change(session, mesh, options, { method: 'PUT', body: await readPolicyFile(file) }),
  );
}

function validateCommand(session: Session): Command {
  return policyOf('validate', 'Says whether put would be refused, and writes nothing.', FILE).action(
    async (mesh: string, file: string, options: Options) =>
      change(session, mesh, options, { method: 'PUT', body: await readPolicyFile(file) }, '?dryRun=true'),
  );
}

function deleteCommand(session: Session): Command {
  return policyOf('delete', 'Takes away what a mesh or a node says: what is under it counts again.').action(
    (mesh: string, options: Options) => change(session, mesh, options, { method: 'DELETE' }),
  );
}

const FILE = 'YAML or JSON; - is stdin';

function policyOf(name: string, description: string, file?: string): Command {
  const command = new Command(name).description(description).argument('<mesh>', 'name of the mesh');
  if (file !== undefined) command.argument('<file>', file);
  return withOutput(withConnection(command.option('--node <name>', "the virtual node's, over its mesh's")), 'text');
}

async function change(
  session: Session,
  mesh: string,
  options: Options,
  request: Pick<WeirRequest, 'method' | 'body'>,
  query = '',
): Promise<void> {
  const { node, output, effective } = options;
  const connection = await connect(session, options);
  const name = node === undefined ? percentEncode(mesh) : `${percentEncode(mesh)}/virtualNode/${percentEncode(node)}`;
  const answer = await callWeir(session, connection, { ...request, path: `policies/${name}${query}` });
  if (output === 'json') return session.print(`${JSON.stringify(answer, null, 2)}\n`);
  const shown = v.parse(Shown, answer);
  const { stringify } = await import('yaml');
  session.print(stringify(effective === true ? shown.effective : shown.own));
}
