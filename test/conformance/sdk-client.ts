import * as sdk from '@aws-sdk/client-app-mesh';
import { type AppMeshClient, ClientError, type Json } from './app-mesh-client.ts';

type Command = Parameters<sdk.AppMeshClient['send']>[0];
const exported: Readonly<Record<string, unknown>> = sdk;

/**
 * `@aws-sdk/client-app-mesh`, in this process. It reads profiles from the process's environment, and takes a profile's
 * `endpoint_url` only when AWS_PROFILE names the profile, so the endpoint comes from AWS_ENDPOINT_URL_APP_MESH.
 */
export function sdkClient(environment: Readonly<Record<string, string>>, profile: string): AppMeshClient {
  Object.assign(process.env, environment);
  const client = new sdk.AppMeshClient({ profile, maxAttempts: 1 });
  return {
    async call(operation, input) {
      const OperationCommand = exported[`${operation}Command`] as new (input: Json) => Command;
      try {
        const { $metadata: _, ...answer } = await client.send(new OperationCommand(input));
        return answer;
      } catch (error) {
        throw asClientError(error);
      }
    },
    close: async () => client.destroy(),
  };
}

/** An exception of the model is an instance of the class the SDK exports under its name; anything else is passed on. */
function asClientError(error: unknown): unknown {
  if (!(error instanceof sdk.AppMeshServiceException)) return error;
  const Exception = exported[error.name];
  const isOwn = typeof Exception === 'function' && error instanceof Exception;
  return isOwn ? new ClientError(error.name, error.message) : error;
}
