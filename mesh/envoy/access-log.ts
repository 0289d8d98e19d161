import type { AccessLogJson } from '#envoy-protos/envoy/config/accesslog/v3/accesslog_pb.js';
import type { SubstitutionFormatStringJson } from '#envoy-protos/envoy/config/core/v3/substitution_format_string_pb.js';
import { FileAccessLogSchema } from '#envoy-protos/envoy/extensions/access_loggers/file/v3/file_pb.js';
import type { AccessLogIr } from '#mesh/ir/proxy-ir.ts';
import { pack } from './extension.ts';

/** The access log of a filter chain: none, or one file. */
export function accessLogs(log: AccessLogIr | undefined): AccessLogJson[] {
  if (log === undefined) return [];
  const logFormat = format(log.format);
  const config = { path: log.path, ...(logFormat && { logFormat }) };
  return [{ name: 'envoy.access_loggers.file', typedConfig: pack(FileAccessLogSchema, config) }];
}

function format(declared: AccessLogIr['format']): SubstitutionFormatStringJson | undefined {
  if (declared === undefined) return undefined;
  if ('text' in declared) return { textFormatSource: { inlineString: declared.text } };
  return { jsonFormat: Object.fromEntries(declared.json) };
}
