import * as v from 'valibot';
import type { DeploymentConfiguration } from '#aws/client/ecs-services.ts';

/** ECS's limit of a tag's value; it takes no braces, quotes or commas either, so JSON is written in base64url. */
const MOST_CHARACTERS = 256;
const PREFIX = 'weir:before-adoption/';

/** A service's deployment configuration written into tags of the service, so that it can be had back from anywhere. */
export function rememberedIn(configuration: DeploymentConfiguration): Readonly<Record<string, string>> {
  const text = Buffer.from(JSON.stringify(configuration)).toString('base64url');
  const parts = text.match(new RegExp(`.{1,${MOST_CHARACTERS}}`, 'g')) ?? [];
  return Object.fromEntries(parts.map((part, index) => [`${PREFIX}${index + 1}`, part]));
}

/** Those of a service's tags that remember its configuration. */
export const rememberingKeys = (tags: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(tags).filter((key) => key.startsWith(PREFIX));

/** What the tags remember; `undefined` when they remember nothing, or somebody has changed them. */
export function remembered(tags: Readonly<Record<string, string>>): DeploymentConfiguration | undefined {
  const parts = rememberingKeys(tags).map((_, index) => tags[`${PREFIX}${index + 1}`] ?? '');
  try {
    const json: unknown = JSON.parse(Buffer.from(parts.join(''), 'base64url').toString('utf8'));
    // ECS wrote it and ECS checks it again: it only has to be an object.
    return v.parse(v.looseObject({}), json) as DeploymentConfiguration;
  } catch {
    return undefined;
  }
}
