import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Mac } from './session-keys.ts';

/** HMACs by a KMS key; the key never leaves KMS. */
export function kmsMac(keyId: string, client = new KMSClient({})): Mac {
  return async (message) => {
    const { Mac } = await client.send(
      new GenerateMacCommand({ KeyId: keyId, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from(message) }),
    );
    if (Mac === undefined) throw new Error(`KMS gave no MAC for key ${keyId}`);
    return Mac;
  };
}
