import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');

type Node = Readonly<Record<string, unknown>>;
interface Resource {
  readonly Type: string;
  readonly Properties: Node;
}

/** Intrinsic functions as `{ "Fn::X": … }`, so that a plain YAML reader can follow them. */
const intrinsics = ['Ref', 'Sub', 'GetAtt', 'If', 'Not', 'Equals', 'Join', 'Split'].flatMap((name) =>
  (['scalar', 'seq', 'map'] as const).map((kind) => ({
    tag: `!${name}`,
    ...(kind !== 'scalar' && { collection: kind }),
    resolve: (value: unknown) => ({ [`Fn::${name}`]: plain(value) }),
  })),
);

function plain(value: unknown): unknown {
  return value !== null && typeof value === 'object' && 'toJSON' in value && typeof value.toJSON === 'function'
    ? value.toJSON()
    : value;
}

const template = parse(readFileSync(join(root, 'template.yaml'), 'utf8'), { customTags: intrinsics }) as {
  readonly Resources: Readonly<Record<string, Resource>>;
};
const resources = Object.entries(template.Resources);
const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
const functions = ofType('AWS::Serverless::Function');

const folders = readdirSync(join(root, 'functions')).sort();
const pascal = (folder: string) => folder.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase());

/** Every object inside a value. */
function* objectsIn(value: unknown): Generator<Node> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield value as Node;
  for (const part of Object.values(value)) yield* objectsIn(part);
}

const statements = resources.flatMap(([id, { Type, Properties }]) =>
  [...objectsIn(Properties)]
    .filter((object) => 'Effect' in object && 'Action' in object)
    .map((statement) => ({ id, Type, statement })),
);
const actionsOf = ({ Action }: Node) => [Action].flat().map(String);

test('every folder of functions is a function of the template, and back', () => {
  expect(functions.map(([id]) => id).sort()).toEqual(folders.map(pascal).sort());
  for (const folder of folders) expect(existsSync(join(root, 'functions', folder, 'handler.ts')), folder).toBe(true);
});

test('every function runs the bundle of its own folder', () => {
  const code = Object.fromEntries(functions.map(([id, { Properties }]) => [id, Properties['CodeUri']]));

  expect(code).toEqual(Object.fromEntries(folders.map((folder) => [pascal(folder), `dist/${folder}`])));
});

test('no role may do everything of a service', () => {
  const allowing = statements.filter(({ statement }) => statement['Effect'] === 'Allow');
  const wide = allowing.filter(({ statement }) => actionsOf(statement).some((action) => /(^|:)\*$/.test(action)));

  expect(statements.length).toBeGreaterThan(20);
  expect(wide.map(({ id }) => id)).toEqual(['CredentialKey']);
});

test('a statement about every resource names only actions that know no resource, or not enough of them', () => {
  const everywhere = statements.filter(
    ({ Type, statement }) => Type !== 'AWS::KMS::Key' && [statement['Resource']].flat().includes('*'),
  );
  const actions = everywhere.flatMap(({ statement }) => actionsOf(statement));

  expect([...new Set(actions)].sort()).toEqual([
    'cloudwatch:DescribeAlarms',
    'ecs:DescribeTaskDefinition',
    'ecs:ListClusters',
    'iot:DescribeEndpoint',
    'servicediscovery:DiscoverInstances',
  ]);
});

test('alarms are read under "*": CloudWatch hides composite alarms from anything narrower', () => {
  const reading = statements.filter(({ statement }) => actionsOf(statement).includes('cloudwatch:DescribeAlarms'));

  expect(new Set(reading.map(({ statement }) => statement['Resource']))).toEqual(new Set(['*']));
});

test('only the function that answers ECS may let a deployment go on or roll it back', () => {
  const holding = functions.filter(([, { Properties }]) =>
    JSON.stringify(Properties['Policies'] ?? []).includes('HoldDeploymentsPolicy'),
  );

  expect(holding.map(([id]) => id)).toEqual(['ReleaseDeployment']);
});

test('the API takes far fewer requests than the quota of KMS that its callers share with the account', () => {
  const [[, stage] = []] = ofType('AWS::ApiGatewayV2::Stage');
  const { ThrottlingRateLimit, ThrottlingBurstLimit } = (stage?.Properties['DefaultRouteSettings'] ?? {}) as Node;

  for (const limit of [ThrottlingRateLimit, ThrottlingBurstLimit].map(Number)) {
    expect(limit).toBeGreaterThan(0);
    expect(limit).toBeLessThan(1000);
  }
});

test('rules may leave their undelivered events in the queue, by the one condition EventBridge documents', () => {
  const [policy] = statements.filter(({ id }) => id === 'UnhandledEventsPolicy');

  expect(policy?.statement['Condition']).toEqual({
    ArnLike: { 'aws:SourceArn': { 'Fn::Sub': expect.stringMatching(/:rule\/\*$/) } },
  });
});

test('every function that is invoked by events has a place for those it cannot handle', () => {
  const busDriven = functions.filter(([, { Properties }]) =>
    [...objectsIn(Properties['Events'])].some(({ Type }) => Type === 'EventBridgeRule'),
  );
  for (const [id, { Properties }] of busDriven) {
    const rules = [...objectsIn(Properties['Events'])].filter(({ Type }) => Type === 'EventBridgeRule');
    for (const rule of rules) expect(rule['Properties'], id).toHaveProperty('DeadLetterConfig');
    expect(Properties, id).toHaveProperty('EventInvokeConfig.DestinationConfig.OnFailure');
  }
  expect(busDriven.map(([id]) => id).sort()).toEqual(['MeasureRollouts', 'RouteEvents', 'SecureRollout']);
});

test('the machines are given exactly the substitutions their definitions use, and may invoke exactly those functions', () => {
  for (const [id, { Properties }] of ofType('AWS::Serverless::StateMachine')) {
    const text = readFileSync(join(root, String(Properties['DefinitionUri'])), 'utf8');
    const used = [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort();
    const given = Properties['DefinitionSubstitutions'] as Node;
    const invocable = statements
      .filter(({ id: owner, statement }) => owner === id && actionsOf(statement).includes('lambda:InvokeFunction'))
      .flatMap(({ statement }) => [statement['Resource']].flat());

    expect(Object.keys(given).sort(), id).toEqual(used);
    expect(JSON.stringify(sorted(invocable)), id).toBe(JSON.stringify(sorted(Object.values(given))));
  }
});

test('every definition of a machine is deployed', () => {
  const deployed = ofType('AWS::Serverless::StateMachine').map(([, { Properties }]) =>
    String(Properties['DefinitionUri']),
  );

  expect(deployed.sort()).toEqual(globSync('statemachines/*.asl.json', { cwd: root }).sort());
});

test('what a batch did not manage is delivered again alone, and no window delays it', () => {
  const mappings = functions.flatMap(([id, { Properties }]) =>
    Object.values((Properties['Events'] ?? {}) as Readonly<Record<string, Resource>>)
      .filter(({ Type }) => Type === 'SQS' || Type === 'DynamoDB')
      .map((mapping) => ({ id, properties: mapping.Properties })),
  );

  expect(mappings.map(({ id }) => id).sort()).toEqual(['Notify', 'PublishOutbox', 'ReceiveAcks', 'ReceiveTelemetry']);
  for (const { id, properties } of mappings) {
    expect(properties, id).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(properties, id).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  }
});

const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
