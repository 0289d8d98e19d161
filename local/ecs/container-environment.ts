import { dirname } from 'node:path';
import type { Image } from './images.ts';
import type { RegisteredContainer } from './state.ts';

/** What a container is told about its task. */
export type ContainerPlace = {
  address: string;
  /** Short (Unix socket paths end at 108 bytes) and private to the container. */
  stateDirectory: string;
  metadataUri: string;
  /** Absent without a task role, as on ECS. */
  credentials?: { uri: string; token: string };
};

/**
 * The whole environment of a container. Nothing of the engine's own is inherited, its AWS credentials least of all:
 * the task role is the only identity a container has, as on ECS.
 */
export function environmentOf(
  definition: RegisteredContainer,
  image: Image,
  shared: Readonly<Record<string, string>>,
  place: ContainerPlace,
): Record<string, string> {
  const own = (definition.environment ?? []).map(({ name, value }) => [name ?? '', value ?? ''] as const);
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: place.stateDirectory,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...shared,
    ...image.env,
    ...Object.fromEntries(own),
    ECS_CONTAINER_METADATA_URI_V4: place.metadataUri,
    ...(place.credentials && {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: place.credentials.uri,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: place.credentials.token,
    }),
    WEIR_BIND_ADDRESS: place.address,
    WEIR_APP_ADDRESS: place.address,
    WEIR_STATE_DIR: place.stateDirectory,
  };
}
