import type * as v from 'valibot';

type Json = Readonly<Record<string, unknown>>;

/** A valibot schema as far as it is read here. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly wrapped?: Schema;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly pipe?: readonly (Schema & { readonly requirement?: unknown })[];
}

/** A schema in JSON Schema's words; what those have no word for (a check by function) is left out, so nothing valid is refused. */
export function jsonSchemaOf(schema: v.GenericSchema): Json {
  return translated(schema as unknown as Schema);
}

function translated(schema: Schema): Json {
  const base = types[schema.type];
  if (base === undefined) throw new TypeError(`no JSON Schema for valibot's ${schema.type}`);
  return { ...base(schema), ...actions(schema) };
}

const types: Readonly<Record<string, (schema: Schema) => Json>> = {
  strict_object: ({ entries = {} }) => {
    const required = Object.keys(entries).filter((name) => entries[name]?.type !== 'optional');
    const properties = Object.entries(entries).map(([name, entry]) => [name, translated(entry)]);
    return {
      type: 'object',
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    };
  },
  array: ({ item }) => ({ type: 'array', items: item === undefined ? {} : translated(item) }),
  string: () => ({ type: 'string' }),
  number: () => ({ type: 'number' }),
  boolean: () => ({ type: 'boolean' }),
  picklist: ({ options = [] }) => ({ enum: options }),
  literal: ({ literal }) => ({ const: literal }),
  union: ({ options = [] }) => ({ anyOf: options.map((option) => translated(option as Schema)) }),
  optional: ({ wrapped }) => (wrapped === undefined ? {} : translated(wrapped)),
  nullable: ({ wrapped }) => ({ anyOf: [wrapped === undefined ? {} : translated(wrapped), { type: 'null' }] }),
};

const words: Readonly<Record<string, (requirement: unknown) => Json>> = {
  integer: () => ({ type: 'integer' }),
  min_value: (minimum) => ({ minimum }),
  max_value: (maximum) => ({ maximum }),
  gt_value: (exclusiveMinimum) => ({ exclusiveMinimum }),
  lt_value: (exclusiveMaximum) => ({ exclusiveMaximum }),
  regex: (pattern) => ({ pattern: (pattern as RegExp).source }),
};

/** A pipe of pipes is read as one. */
function actions({ type, pipe = [] }: Schema): Json {
  return Object.assign({}, ...pipe.map((action) => (action.type === type ? actions(action) : wordOf(type, action))));
}

function wordOf(
  type: string,
  { type: action, requirement }: { readonly type: string; readonly requirement?: unknown },
) {
  const length = lengths[action];
  if (length === undefined) return words[action]?.(requirement) ?? {};
  return { [type === 'array' ? length.items : length.characters]: requirement };
}

const lengths: Readonly<Record<string, { readonly items: string; readonly characters: string }>> = {
  min_length: { items: 'minItems', characters: 'minLength' },
  max_length: { items: 'maxItems', characters: 'maxLength' },
};
