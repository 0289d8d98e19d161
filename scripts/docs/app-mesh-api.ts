import { operationList } from '../../mesh/api/model.ts';
import { table } from '../markdown/table.ts';

/** The page of the App Mesh API: every operation, what tests it, where it differs from App Mesh. */
export function render(): string {
  const rows = operationList.map(([name, { method, path }]) => [name, `\`${method} ${path}\``]);
  return ['# The App Mesh API', '', table(['operation', 'request'], rows)].join('\n');
}
