import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** How long a secret that was read counts: one that is rotated is used within minutes. */
const FRESH_MS = 5 * 60_000;

/** Texts of secrets by ARN, each read once in five minutes; one that cannot be read is asked for again. */
export function secrets(client: SecretsManagerClient, now: () => number): (arn: string) => Promise<string> {
  const known = new Map<string, { readonly text: Promise<string>; readonly until: number }>();

  async function read(SecretId: string): Promise<string> {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    return SecretString ?? '';
  }

  return (arn) => {
    const remembered = known.get(arn);
    if (remembered !== undefined && remembered.until > now()) return remembered.text;
    const text = read(arn);
    known.set(arn, { text, until: now() + FRESH_MS });
    text.catch(() => known.delete(arn));
    return text;
  };
}
