import type { DescFile } from '@bufbuild/protobuf';
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ClusterSchema } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '#envoy-protos/envoy/config/route/v3/route_pb.js';
import { DeltaDiscoveryRequestSchema } from '#envoy-protos/envoy/service/discovery/v3/discovery_pb.js';
import { extensions } from '#mesh/envoy/extension.ts';
import { envoyBinary } from '../../support/envoy-binary.ts';
import { embeddedDescriptors } from '../../support/envoy-descriptors.ts';

const resources = [
  ListenerSchema,
  RouteConfigurationSchema,
  ClusterSchema,
  ClusterLoadAssignmentSchema,
  DeltaDiscoveryRequestSchema,
];

/** Every generated file that what we encode reaches. */
function generatedFiles(): FileDescriptorProto[] {
  const files = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    for (const dependency of file.dependencies) visit(dependency);
  };
  for (const schema of [...resources, ...extensions]) if ('file' in schema) visit(schema.file);
  return [...files.values()].map(({ proto }) => proto).filter(({ name }) => !name.startsWith('google/protobuf/'));
}

interface Field {
  readonly where: string;
  readonly field: FieldDescriptorProto;
}

function fieldsOf(files: readonly FileDescriptorProto[]): Field[] {
  const inMessage = (prefix: string, { name, field, nestedType }: DescriptorProto): Field[] => [
    ...field.map((item) => ({ where: `${prefix}.${name}#${item.number}`, field: item })),
    ...nestedType.flatMap((nested) => inMessage(`${prefix}.${name}`, nested)),
  ];
  return files.flatMap((file) => file.messageType.flatMap((message) => inMessage(file.package, message)));
}

const meaning = ({ name, number, type, typeName, label }: FieldDescriptorProto) => ({
  name,
  number,
  type,
  typeName,
  label,
});

test('every field we could encode has the number and the type that the real Envoy knows', () => {
  const known = new Map(
    fieldsOf([...embeddedDescriptors(envoyBinary()).values()]).map(({ where, field }) => [where, field]),
  );
  const ours = fieldsOf(generatedFiles());

  expect(ours.length).toBeGreaterThan(500);
  const wrong = ours.filter(({ where, field }) => {
    const real = known.get(where);
    return real === undefined || JSON.stringify(meaning(real)) !== JSON.stringify(meaning(field));
  });
  expect(wrong.map(({ where, field }) => `${where} ${field.name}`)).toEqual([]);
});
