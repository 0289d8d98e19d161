import { dynamodb } from '#aws/clients-dynamodb.ts';
import { readConfig } from '#aws/config.ts';
import { kmsMac } from '#aws/credentials/kms-mac.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { route } from '#aws/http.ts';
import { appMeshErrors } from '#aws/http-errors.ts';
import { meshStore } from '#aws/mesh-store.ts';
import { type Deps, meshApi } from './mesh-api.ts';

function wiring(): Deps {
  const { key, owner, region, table } = readConfig();
  if (key === undefined) throw new Error('WEIR_KEY is missing: this function verifies with the KMS key it names');
  return {
    authenticator: { keys: sessionKeys(kmsMac(key)), region, now: Date.now },
    home: { owner, region },
    store: meshStore({
      client: dynamodb,
      table,
      limits: {},
      now: Date.now,
      check: async () => undefined,
      publish: async () => undefined,
    }),
  };
}

export const handler = route(appMeshErrors, meshApi(wiring()));
