import type { Arns } from '../arns.ts';
import type { Operation } from '../json-protocol.ts';
import type { Registry } from '../registry.ts';
import { checked, type Input, type OperationName } from '../requests.ts';
import type { ServiceScheduler } from '../service-scheduler.ts';
import type { TaskDefinitionRecord, TaskRecord } from '../state.ts';
import type { TaskOrigin } from '../task-record.ts';

/** What the operations of the API work on. */
export type OperationContext = {
  arns: Arns;
  registry: Registry;
  scheduler: ServiceScheduler;
  now(): number;
  /** Starts a task and returns its record at once. */
  startTask(definition: TaskDefinitionRecord, origin: TaskOrigin): TaskRecord;
};

/** One operation under its name, its input checked before it runs. */
export function operation<Name extends OperationName>(
  name: Name,
  run: (input: Input<Name>) => unknown,
): readonly [Name, Operation] {
  return [name, (input) => run(checked(name, input))];
}

/** The `failures` entry for something asked for that does not exist. */
export function missing(arn: string): { arn: string; reason: 'MISSING' } {
  return { arn, reason: 'MISSING' };
}
