import type { JsonValue } from '@bufbuild/protobuf';

/**
 * The same JSON with half surrogate pairs replaced by U+FFFD. They have no UTF-8 form, so protobuf refuses them, and one in a
 * free text of a spec (the API takes any JSON string) would keep everybody's resources from being encoded.
 */
export function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), wellFormed(item)]));
}
