import type * as v from 'valibot';

/** Why a schema refused a value, to be read after its path: our own words where we gave some, else what is and must be. */
export function issueText({ type, expected, received, message }: v.GenericIssue): string {
  if (type === 'strict_object' && expected === 'never') return 'is not known here';
  if (received === 'undefined') return 'is missing';
  return message.startsWith('Invalid ') ? `is ${received}; must be ${expected}` : message;
}
