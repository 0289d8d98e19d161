import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type AppMeshClient, ClientError, type Json } from './app-mesh-client.ts';

const python = new URL('../../.local/venv-test/bin/python', import.meta.url).pathname;
const script = new URL('boto3_client.py', import.meta.url).pathname;

/** boto3, in one Python process that lives until it is closed. Calls go one after the other. */
export function boto3Client(environment: Readonly<Record<string, string>>, profile: string): AppMeshClient {
  const child = spawn(python, [script, profile], { env: { ...environment }, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    async call(operation, input) {
      child.stdin.write(`${JSON.stringify({ operation, input })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`boto3 ended during ${operation}: its traceback is above`);
      const { answer, error } = JSON.parse(value) as { answer?: Json; error?: { name: string; message: string } };
      if (error) throw new ClientError(error.name, error.message);
      return answer ?? {};
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
