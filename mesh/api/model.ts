import type { ResourceKind } from '#mesh/model/resource.ts';
import { errorStatus, operationErrors, operations, shapes } from './model.gen.ts';

/** One of App Mesh's 38 operations. */
export type OperationName = keyof typeof operations;
/** One of App Mesh's ten exceptions; the name is API: clients branch on it. */
export type ErrorCode = keyof typeof errorStatus;
export type Verb = 'create' | 'describe' | 'update' | 'delete' | 'list' | 'tag' | 'untag' | 'listTags';

/** An operation as the service model gives it. */
export interface Operation {
  readonly verb: Verb;
  /** Absent for the three tag operations: their `resourceArn` says it. */
  readonly kind?: ResourceKind;
  readonly method: string;
  /** Path template, e.g. `/v20190125/meshes/{meshName}`. */
  readonly path: string;
  readonly input: string;
  /** Output member whose value is the whole body. */
  readonly payload?: string;
  /** Output member that holds the rows of a list. */
  readonly list?: string;
}

/** A shape of the model with its constraints; `members` map to shape names, prefixed `uri:` or `query:` when not in the body. */
export interface Shape {
  readonly type: 'structure' | 'union' | 'list' | 'string' | 'integer' | 'long' | 'boolean';
  readonly members?: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  readonly of?: string;
  readonly values?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

const allOperations: Readonly<Record<OperationName, Operation>> = operations;
const allShapes: Readonly<Record<string, Shape>> = shapes;

/** Every operation with its name. */
export const operationList = Object.entries(allOperations) as readonly (readonly [OperationName, Operation])[];

/** An operation by name. */
export const operationOf = (name: OperationName): Operation => allOperations[name];

/** A shape by name; the table is closed, so a missing one is a broken table. */
export function shapeOf(name: string): Shape {
  const shape = allShapes[name];
  if (shape === undefined) throw new Error(`mesh/api/model.gen.ts has no shape ${name}: run scripts/generate-api.ts`);
  return shape;
}

/** HTTP status of an exception. */
export const statusOf = (code: ErrorCode): number => errorStatus[code];

/** The exceptions that the model lets an operation answer; a table of its own, which no function has to carry. */
export const errorsOf = (name: OperationName): readonly string[] => operationErrors[name];
