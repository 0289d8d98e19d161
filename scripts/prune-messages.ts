import protobuf from 'protobufjs';

/**
 * Removes messages (by full name) with every field of their types, and then every top-level message that `files` have no use
 * for any more. Call it on a resolved root; a name that is not there is an error, so that the list stays true.
 */
export function pruneMessages(root: protobuf.Root, names: readonly string[], files: ReadonlySet<string>): void {
  const gone = new Set<unknown>(names.map((name) => root.lookupType(name)));
  for (const type of [...allTypes(root)]) removeFieldsOf(type, gone);
  for (const name of names) removeType(root.lookupType(name));
  const used = new Set<protobuf.ReflectionObject>();
  for (const type of allTypes(root)) if (files.has(type.filename ?? '')) markUsed(type, used);
  for (const type of [...allTypes(root)].filter(isTopLevel)) if (!used.has(type)) removeType(type);
}

const removeType = (type: protobuf.Type): void => {
  type.parent?.remove(type);
};

const isTopLevel = ({ fullName, parent }: protobuf.Type): boolean =>
  !fullName.startsWith('.google.protobuf.') && !(parent instanceof protobuf.Type);

function* allTypes(parent: protobuf.NamespaceBase): Generator<protobuf.Type> {
  for (const item of parent.nestedArray) {
    if (item instanceof protobuf.Type) yield item;
    if (item instanceof protobuf.Namespace) yield* allTypes(item);
  }
}

/** A oneof that has nothing left to choose from goes, too. */
function removeFieldsOf(type: protobuf.Type, gone: ReadonlySet<unknown>): void {
  for (const field of type.fieldsArray.filter(({ resolvedType }) => gone.has(resolvedType))) {
    const { partOf } = field;
    partOf?.remove(field);
    type.remove(field);
    if (partOf?.fieldsArray.length === 0) type.remove(partOf);
  }
}

/** A type with all that its fields and its nested types need. */
function markUsed(item: protobuf.ReflectionObject, used: Set<protobuf.ReflectionObject>): void {
  if (used.has(item)) return;
  used.add(item);
  if (item.parent instanceof protobuf.Type) markUsed(item.parent, used);
  if (!(item instanceof protobuf.Type)) return;
  const needed = [...item.fieldsArray.map(({ resolvedType }) => resolvedType), ...item.nestedArray];
  for (const one of needed) if (one !== null) markUsed(one, used);
}
