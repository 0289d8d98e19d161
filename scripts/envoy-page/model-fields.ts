import { type Shape, shapeOf } from '../../mesh/api/model.ts';
import type { Resource, ResourceKind } from '../../mesh/model/resource.ts';

const KINDS = [
  'mesh',
  'virtualNode',
  'virtualRouter',
  'route',
  'virtualService',
  'virtualGateway',
  'gatewayRoute',
] as const;

/** Pairs of fields that only mean something together: they count as one value. */
const VALUES = new Set(['Duration']);

const specShape = (kind: ResourceKind) => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Spec`;

/** Every field of the service model that holds a value in some spec, as `<shape>.<field>`, sorted. */
export function modelFields(): string[] {
  const fields = new Set<string>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [member, of] of Object.entries(shapeOf(name).members ?? {})) {
      const inner = element(of);
      if (isValue(inner)) fields.add(`${name}.${member}`);
      else visit(inner);
    }
  };
  for (const kind of KINDS) visit(specShape(kind));
  return [...fields].sort();
}

/** The fields that a resource's spec sets, in the same words. */
export function fieldsOf({ kind, spec }: Resource): string[] {
  return fieldsIn(specShape(kind), spec);
}

function fieldsIn(shape: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsIn(shape, item));
  const { members = {} } = shapeOf(shape);
  return Object.entries(value as object).flatMap(([member, inner]) => {
    const of = element(members[member] ?? '');
    return isValue(of) ? [`${shape}.${member}`] : fieldsIn(of, inner);
  });
}

/** What a list is of, or the shape itself. */
function element(name: string): string {
  const { type, of } = shapeOf(name);
  return type === 'list' && of !== undefined ? element(of) : name;
}

const isValue = (name: string) => VALUES.has(name) || !isStructure(shapeOf(name));
const isStructure = ({ type }: Shape) => type === 'structure' || type === 'union';
