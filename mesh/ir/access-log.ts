import type { AccessLog } from '#mesh/model/spec.gen.ts';
import type { AccessLogIr } from './proxy-ir.ts';

/** The access log file of a node or gateway; without a format Envoy's default format is used. */
export function accessLog(declared: AccessLog | undefined): AccessLogIr | undefined {
  if (declared === undefined) return undefined;
  const { path, format } = declared.file;
  if (format === undefined) return { path, format: undefined };
  if (format.text !== undefined) return { path, format: { text: format.text } };
  return { path, format: { json: format.json.map(({ key, value }) => [key, value] as const) } };
}
