import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type AppMeshClient, ClientError } from './app-mesh-client.ts';

const run = promisify(execFile);
const aws = new URL('../../.local/venv-test/bin/aws', import.meta.url).pathname;

/** `aws appmesh …`, one process for each operation, as a script would call it. */
export function awsCliClient(environment: Readonly<Record<string, string>>, profile: string): AppMeshClient {
  return {
    async call(operation, input) {
      const command = operation.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
      // Left alone the CLI asks for page after page by itself.
      const manual = 'limit' in input ? ['--no-paginate'] : [];
      const args = ['appmesh', command, '--profile', profile, ...manual, '--cli-input-json', JSON.stringify(input)];
      try {
        const { stdout } = await run(aws, [...args, '--output', 'json'], { env: { ...environment } });
        return stdout === '' ? {} : JSON.parse(stdout);
      } catch (error) {
        throw asClientError(error);
      }
    },
    close: async () => {},
  };
}

function asClientError(error: unknown): unknown {
  const { stderr = '' } = error as { stderr?: string };
  const [, code, message] = /An error occurred \((\w+)\) when calling the \w+ operation: (.*)/s.exec(stderr) ?? [];
  return code === undefined || message === undefined ? error : new ClientError(code, message.trim());
}
