import type { OperationName } from '#mesh/api/model.ts';

/** What an operation takes and answers, in the model's own names; dates as the client shows them. */
export type Json = Record<string, unknown>;

/** A refusal as the client itself reports it, in its own error classes. */
export class ClientError extends Error {
  /** The exception's name by which the client's user branches. */
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** An unmodified App Mesh client of somebody else's making. */
export interface AppMeshClient {
  /** Calls one operation. Rejects with {@link ClientError} when the API refuses, with anything else when the client breaks. */
  readonly call: (operation: OperationName, input: Json) => Promise<Json>;
  readonly close: () => Promise<void>;
}

/** Makes a client that uses one profile of the AWS config file the environment names. */
export type MakeClient = (environment: Readonly<Record<string, string>>, profile: string) => AppMeshClient;
