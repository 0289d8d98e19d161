import { STSClient } from '@aws-sdk/client-sts';

/** A caller's own AWS keys, as the SDK's provider chain finds them. */
export interface CallerCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Who calls Weir: an IAM identity of the account, and the region it works in. */
export interface Caller {
  /** Rejects when no provider of the chain has credentials. */
  readonly credentials: () => Promise<CallerCredentials>;
  /** Rejects when neither the profile nor the environment names one. */
  readonly region: () => Promise<string>;
}

/**
 * The caller by the SDK's own rules: environment, shared files, SSO, `credential_process`, web identity, container, instance;
 * `profile` goes before all of them. A client is the SDK's public way to that chain; no request is made.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html#credentialProviderChain
 */
export function callerOf(profile?: string): Caller {
  const { config } = new STSClient(profile === undefined ? {} : { profile });
  return { credentials: () => config.credentials(), region: () => config.region() };
}
