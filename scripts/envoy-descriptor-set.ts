import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import * as wkt from '@bufbuild/protobuf/wkt';
import protobuf from 'protobufjs';
import { pruneMessages } from './prune-messages.ts';
import { unwrittenMessages } from './unwritten-messages.ts';

/** What Envoy 1.40 no longer has: [message, field or nested message]. Left out, so that it cannot be written by mistake. */
const dropped: readonly (readonly [string, string])[] = [
  ['envoy.config.listener.v3.FilterChain', 'on_demand_configuration'],
  ['envoy.config.listener.v3.FilterChain', 'OnDemandConfiguration'],
];

/** Imported only for custom options, which never reach the wire; without them the package's gaps (validate, v2) do not matter. */
const optionsOnly = /^(validate|(udpa|xds|envoy)\/annotations)\/|^google\/(protobuf\/|api\/[a-z]+\.proto$)/;

const scalars: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const MESSAGE = 11;
const ENUM = 14;
const OPTIONAL = 1;
const REPEATED = 3;

const wellKnown = [
  wkt.file_google_protobuf_any,
  wkt.file_google_protobuf_duration,
  wkt.file_google_protobuf_timestamp,
  wkt.file_google_protobuf_struct,
  wkt.file_google_protobuf_wrappers,
  wkt.file_google_protobuf_empty,
];

type Uses = (type: protobuf.ReflectionObject) => void;
type Json = Record<string, unknown>;

const packageFolder = dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json'));

interface Parsed {
  readonly root: protobuf.Root;
  /** File name → protobuf package, imports before importers. */
  readonly packages: ReadonlyMap<string, string>;
}

function parse(files: readonly string[]): Parsed {
  const folders = ['envoy-api', 'xds', 'googleapis'].map((name) => join(packageFolder, 'deps', name));
  const root = new protobuf.Root();
  for (const { proto } of wellKnown) root.addJSON(protobuf.common.get(proto.name)?.nested ?? {});
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || optionsOnly.test(file)) return;
    seen.add(file);
    const parsed = parseFile(file, folders, root);
    for (const name of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) visit(name);
    packages.set(file, parsed.package ?? '');
  };
  for (const file of files) visit(file);
  for (const [message, name] of dropped) drop(root.lookupType(message), name);
  root.resolveAll();
  pruneMessages(root, unwrittenMessages, new Set(files));
  return { root, packages };
}

function drop(message: protobuf.Type, name: string): void {
  const member = message.get(name);
  if (member === null) throw new Error(`${message.fullName} has no ${name} any more: take it off the list`);
  message.remove(member);
}

function parseFile(file: string, folders: readonly string[], root: protobuf.Root): protobuf.IParserResult {
  const folder = folders.find((path) => existsSync(join(path, file)));
  if (folder === undefined)
    throw new Error(`${file} is not in @grpc/grpc-js-xds: is its name right, or the package too old?`);
  // protobufjs writes this name (which its types leave out) on every type it parses: how a type finds its file again.
  Object.assign(protobuf.parse, { filename: file });
  return protobuf.parse(readFileSync(join(folder, file), 'utf8'), root, { keepCase: true });
}

function enumProto({ name, values, options }: protobuf.Enum): Json {
  const value = Object.entries(values).map(([key, number]) => ({ name: key, number }));
  return options?.['allow_alias'] === true ? { name, value, options: { allowAlias: true } } : { name, value };
}

function fieldType(name: string, resolved: protobuf.ReflectionObject | null, uses: Uses): Json {
  if (resolved === null) return { type: scalars[name] };
  uses(resolved);
  return { type: resolved instanceof protobuf.Enum ? ENUM : MESSAGE, typeName: resolved.fullName };
}

/** The nested message that a map field stands for on the wire. */
function mapEntry(field: protobuf.MapField, uses: Uses): Json {
  const part = (name: string, number: number, type: Json) => ({
    name,
    number,
    jsonName: name,
    label: OPTIONAL,
    ...type,
  });
  return {
    name: entryName(field),
    options: { mapEntry: true },
    field: [
      part('key', 1, { type: scalars[field.keyType] }),
      part('value', 2, fieldType(field.type, field.resolvedType, uses)),
    ],
  };
}

const entryName = (field: { readonly name: string }) => `${protoCamelCase(`_${field.name}`)}Entry`;

function fieldProto(field: protobuf.Field, message: protobuf.Type, uses: Uses): Json {
  const common = { name: field.name, number: field.id, jsonName: protoCamelCase(field.name) };
  if (field instanceof protobuf.MapField)
    return { ...common, label: REPEATED, type: MESSAGE, typeName: `${message.fullName}.${entryName(field)}` };
  const type = fieldType(field.type, field.resolvedType, uses);
  const label = field.repeated ? REPEATED : OPTIONAL;
  if (field.partOf === null) return { ...common, label, ...type };
  const oneofIndex = message.oneofsArray.indexOf(field.partOf);
  return { ...common, label, ...type, oneofIndex, proto3Optional: field.options?.['proto3_optional'] === true };
}

function messageProto(message: protobuf.Type, uses: Uses): Json {
  const nested = message.nestedArray;
  const maps = message.fieldsArray.filter((field) => field instanceof protobuf.MapField);
  return {
    name: message.name,
    field: message.fieldsArray.map((field) => fieldProto(field, message, uses)),
    nestedType: [
      ...nested.filter((item) => item instanceof protobuf.Type).map((item) => messageProto(item, uses)),
      ...maps.map((field) => mapEntry(field, uses)),
    ],
    oneofDecl: message.oneofsArray.map(({ name }) => ({ name })),
    enumType: nested.filter((item) => item instanceof protobuf.Enum).map(enumProto),
  };
}

/** Top-level messages and enums of all parsed files, with the file each came from. */
function topLevel({ root, packages }: Parsed): protobuf.ReflectionObject[] {
  return [...new Set(packages.values())].flatMap((name) => {
    const namespace = root.lookup(name);
    return namespace instanceof protobuf.Namespace
      ? namespace.nestedArray.filter((item) => item.filename !== null)
      : [];
  });
}

/**
 * The descriptors of `.proto` files inside npm's @grpc/grpc-js-xds and of all they import, well-known types first. protobufjs
 * only parses and resolves: its own `toDescriptor` makes one file per package without dependencies, which protobuf-es refuses.
 */
export function envoyDescriptorSet(files: readonly string[]): wkt.FileDescriptorSet {
  const parsed = parse(files);
  const items = topLevel(parsed).filter((item) => item instanceof protobuf.Type || item instanceof protobuf.Enum);
  const fileOf = new Map<string, string>(items.map((item) => [item.fullName, item.filename ?? '']));
  for (const file of wellKnown)
    for (const item of [...file.messages, ...file.enums]) fileOf.set(`.${item.typeName}`, file.proto.name);
  const own = [...parsed.packages].map(([name, packageName]) => fileProto(name, packageName, items, fileOf));
  return create(wkt.FileDescriptorSetSchema, { file: [...wellKnown.map(({ proto }) => proto), ...own] });
}

function fileProto(
  name: string,
  packageName: string,
  items: readonly (protobuf.Type | protobuf.Enum)[],
  fileOf: ReadonlyMap<string, string>,
): wkt.FileDescriptorProto {
  const dependency = new Set<string>();
  const uses: Uses = (type) => {
    const file = fileOf.get(type.fullName);
    if (file !== undefined) dependency.add(file);
    else if (type.parent !== null) uses(type.parent);
  };
  const own = items.filter((item) => item.filename === name);
  const messageType = own.filter((item) => item instanceof protobuf.Type).map((item) => messageProto(item, uses));
  const enumType = own.filter((item) => item instanceof protobuf.Enum).map(enumProto);
  dependency.delete(name);
  const json = {
    name,
    package: packageName,
    syntax: 'proto3',
    dependency: [...dependency].sort(),
    messageType,
    enumType,
  };
  return create(
    wkt.FileDescriptorProtoSchema,
    json as Parameters<typeof create<typeof wkt.FileDescriptorProtoSchema>>[1],
  );
}
