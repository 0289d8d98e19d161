import { readConfig } from '#aws/config.ts';
import { kmsMac } from '#aws/credentials/kms-mac.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { route } from '#aws/http.ts';
import { weirErrors } from '#aws/http-errors.ts';
import { type Deps, issueCredentials } from './issue-credentials.ts';

function wiring(): Deps {
  const { key, sessionMaxSeconds } = readConfig();
  if (key === undefined) throw new Error('WEIR_KEY is missing: this function signs with the KMS key it names');
  return { keys: sessionKeys(kmsMac(key)), maxSeconds: sessionMaxSeconds, now: Date.now };
}

export const handler = route(weirErrors, issueCredentials(wiring()));
