import { readFileSync } from 'node:fs';
import { isMap, parseDocument } from 'yaml';

/** A function of the template whose code is a folder of bundles. */
export type FunctionCode = { logicalId: string; codeUri: string };

/** What local mode reads from a template and the few places it fills in. Everything else stays as it is on AWS. */
export type Template = {
  functions: FunctionCode[];
  /** State machines whose definition is a file. */
  definitions: { logicalId: string; definitionUri: string }[];
  /** Tables with a TTL attribute. */
  timeToLive: { logicalId: string; attribute: string }[];
  setFunctionCode(logicalId: string, codeUri: string, runtime: string): void;
  setDefinition(logicalId: string, definitionUri: string): void;
  toString(): string;
};

/** Reads a SAM template, intrinsic functions kept as they are written. Throws with the YAML parser's own text. */
export function readTemplate(path: string): Template {
  const document = parseDocument(readFileSync(path, 'utf8'), { logLevel: 'silent' });
  const [error] = document.errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  const property = (logicalId: string, ...names: string[]) => {
    const value = document.getIn(['Resources', logicalId, 'Properties', ...names]);
    return typeof value === 'string' ? value : undefined;
  };
  const ofType = (type: string) =>
    resourceIds(document).filter((logicalId) => document.getIn(['Resources', logicalId, 'Type']) === type);
  const having = <Key extends string>(type: string, key: Key, ...names: string[]) =>
    ofType(type).flatMap((logicalId) => {
      const value = property(logicalId, ...names);
      return value === undefined ? [] : [{ logicalId, [key]: value } as { logicalId: string } & Record<Key, string>];
    });
  return {
    functions: having('AWS::Serverless::Function', 'codeUri', 'CodeUri'),
    definitions: having('AWS::Serverless::StateMachine', 'definitionUri', 'DefinitionUri'),
    timeToLive: having('AWS::DynamoDB::Table', 'attribute', 'TimeToLiveSpecification', 'AttributeName'),
    setFunctionCode(logicalId, codeUri, runtime) {
      document.setIn(['Resources', logicalId, 'Properties', 'CodeUri'], codeUri);
      document.setIn(['Resources', logicalId, 'Properties', 'Runtime'], runtime);
    },
    setDefinition(logicalId, definitionUri) {
      document.setIn(['Resources', logicalId, 'Properties', 'DefinitionUri'], definitionUri);
    },
    toString: () => document.toString({ lineWidth: 0 }),
  };
}

function resourceIds(document: ReturnType<typeof parseDocument>): string[] {
  const resources = document.get('Resources');
  if (!isMap(resources)) throw new Error('The template has no Resources.');
  return resources.items.map((item) => String(item.key));
}
