import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { policyJsonSchema } from '#rollouts/policy-json-schema.ts';

/** Where editors and pipelines find the schema of a policy. */
export const policySchemaFile = fileURLToPath(new URL('../docs/policy.schema.json', import.meta.url));

/** The file's whole text. */
export const policySchemaText = (): string => `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(policySchemaFile, policySchemaText());
