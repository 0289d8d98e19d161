import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Platform } from '../../local/platform.ts';

/** An AWS config file, and the environment in which a client finds it and nothing else of this machine. */
export interface AwsProfiles {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The profiles a user of App Mesh clients has: `operator` with keys of IAM, and two that get keys of Weir for them by
 * `credential_process = weir credentials …`: `weir` may do everything, `reader` may look at every mesh.
 */
export function writeAwsProfiles({ urls, region, iam, directory }: Platform): AwsProfiles {
  const folder = mkdtempSync(join(tmpdir(), 'weir-profiles-'));
  const command = join(directory, 'dist', 'cli', 'main.mjs');
  // The quotes matter: some clients hand the line to a shell, where a bare * is a list of files.
  const process_ = (access: string): string =>
    `"${process.execPath}" "${command}" credentials --mesh "*" --access ${access} --endpoint ${urls.weir} --profile operator`;
  const profile = (name: string, access: string): readonly string[] => [
    `[profile ${name}]`,
    `region = ${region}`,
    `credential_process = ${process_(access)}`,
    'services = weir',
  ];
  const lines = [
    '[profile operator]',
    `region = ${region}`,
    `aws_access_key_id = ${iam.accessKeyId}`,
    `aws_secret_access_key = ${iam.secretAccessKey}`,
    `aws_session_token = ${iam.sessionToken}`,
    ...profile('weir', 'admin'),
    ...profile('reader', 'read'),
    '[services weir]',
    'app_mesh =',
    `  endpoint_url = ${urls.appmesh}`,
  ];
  const config = join(folder, 'config');
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_ENDPOINT_URL_APP_MESH: urls.appmesh,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return { folder, environment };
}
