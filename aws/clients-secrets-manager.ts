import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** The function's one Secrets Manager client. */
export const secretsManager = new SecretsManagerClient({});
