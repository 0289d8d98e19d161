/** The part of JSON Schema 2020-12 that our own schemas use. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'boolean';
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/** Where a value breaks a schema, and how; a property that the schema does not list breaks it too. */
export function breaches(schema: JsonSchema, value: unknown, path = '$'): readonly string[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path} is ${String(value)}`];
  if (schema.type !== undefined && typeOf(value) !== schema.type) return [`${path} is no ${schema.type}`];
  if (typeof value === 'number' && isOutside(schema, value)) return [`${path} is ${value}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, index) => breaches(items, item, `${path}[${index}]`));
  }
  return typeOf(value) === 'object' ? breachesIn(schema, value as Record<string, unknown>, path) : [];
}

function breachesIn({ required = [], properties }: JsonSchema, value: Record<string, unknown>, path: string) {
  const missing = required.filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`);
  if (properties === undefined) return missing;
  const inside = Object.entries(value).flatMap(([name, part]) => {
    const schema = properties[name];
    return schema === undefined ? [`${path}.${name} is not described`] : breaches(schema, part, `${path}.${name}`);
  });
  return [...missing, ...inside];
}

const isOutside = ({ minimum = -Infinity, maximum = Infinity }: JsonSchema, value: number): boolean =>
  value < minimum || value > maximum;

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);
