import { readConfig } from '#aws/config.ts';
import { kmsMac } from '#aws/credentials/kms-mac.ts';
import { sessionKeys } from '#aws/credentials/session-keys.ts';
import { route } from '#aws/http.ts';
import { appMeshErrors } from '#aws/http-errors.ts';
import { meshApiStore } from '#aws/mesh-api-store.ts';
import { type Deps, meshApi } from './mesh-api.ts';

function wiring(): Deps {
  const { key, owner, region } = readConfig();
  if (key === undefined) throw new Error('WEIR_KEY is missing: this function verifies with the KMS key it names');
  return {
    authenticator: { keys: sessionKeys(kmsMac(key)), region, now: Date.now },
    home: { owner, region },
    store: meshApiStore(),
  };
}

export const handler = route(appMeshErrors, meshApi(wiring()));
