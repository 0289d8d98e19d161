import { jsonSchemaOf } from './json-schema.ts';
import { patchSchema } from './policy-schema.ts';

/**
 * What a client may send as a policy, as JSON Schema (draft 2020-12), for editors and pipelines. Rules between fields (weights
 * that rise, a baseline long enough) are the API's: it names the path where one is broken.
 */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Weir rollout policy',
    ...jsonSchemaOf(patchSchema),
  };
}
