import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTemplate } from '../../local/template.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

function template(text: string) {
  const path = join(folder, 'template.yaml');
  writeFileSync(path, text);
  return readTemplate(path);
}

const TEXT = `Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: dist/api
      Runtime: nodejs24.x
      Environment: { Variables: { TABLE: !Ref Table, NAME: !Sub '\${AWS::StackName}-x', ARN: !GetAtt Table.Arn } }
  Inline:
    Type: AWS::Serverless::Function
    Properties: { InlineCode: 'exports.handler = () => {}', Handler: index.handler }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: { DefinitionUri: machine.asl.json }
`;

test('finds functions with bundles, definitions in files and TTL attributes', () => {
  const { functions, definitions, timeToLive } = template(TEXT);
  expect(functions).toEqual([{ logicalId: 'Api', codeUri: 'dist/api' }]);
  expect(definitions).toEqual([{ logicalId: 'Machine', definitionUri: 'machine.asl.json' }]);
  expect(timeToLive).toEqual([{ logicalId: 'Table', attribute: 'ttl' }]);
});

test('fills in places and keeps intrinsic functions as they are written', () => {
  const read = template(TEXT);
  read.setFunctionCode('Api', 's3://bucket/Api.zip', 'provided.al2023');
  read.setDefinition('Machine', 's3://bucket/Machine.json');
  const text = read.toString();
  for (const kept of ['TABLE: !Ref Table', "!Sub '\x24{AWS::StackName}-x'", '!GetAtt Table.Arn'])
    expect(text).toContain(kept);
  expect(text).toContain('CodeUri: s3://bucket/Api.zip');
  expect(text).toContain('Runtime: provided.al2023');
  expect(text).toContain('DefinitionUri: s3://bucket/Machine.json');
  expect(text).not.toContain('nodejs24.x');
});

test('names the file and the place of a YAML error', () => {
  expect(() => template('Resources:\n  a: [\n')).toThrow(/template\.yaml: .*line 3/s);
});

test('refuses a template without resources', () => {
  expect(() => template('Parameters: {}\n')).toThrow('no Resources');
});
