import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { kmsMac } from '#aws/credentials/kms-mac.ts';

test('a MAC is made by the key in KMS, over exactly the message', async () => {
  const kms = mockClient(KMSClient);
  kms.on(GenerateMacCommand).resolves({ Mac: Buffer.from('mac') });

  expect(await kmsMac('key-1', new KMSClient({ region: 'eu-west-1' }))('weir1|a|b')).toEqual(Buffer.from('mac'));

  expect(kms.commandCalls(GenerateMacCommand)[0]?.args[0].input).toEqual({
    KeyId: 'key-1',
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from('weir1|a|b'),
  });
});
