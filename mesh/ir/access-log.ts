import type { Resource } from '#mesh/model/resource.ts';
import type { AccessLog } from '#mesh/model/spec.gen.ts';
import { formatProblem } from './log-format.ts';
import { type ProxyDraft, report } from './proxy-draft.ts';
import type { AccessLogIr } from './proxy-ir.ts';

/**
 * The access log file of a node or gateway; without a format Envoy's default format is used. What Envoy would refuse is left
 * out, which {@link reportAccessLog} says: a log line is no reason to put a listener out of service, as App Mesh did.
 */
export function accessLog(declared: AccessLog | undefined): AccessLogIr | undefined {
  if (declared === undefined) return undefined;
  const { path, format } = declared.file;
  if (format?.text !== undefined)
    return { path, format: formatProblem(format.text) === undefined ? { text: format.text } : undefined };
  if (format === undefined) return { path, format: undefined };
  const fields = format.json.filter(({ value }) => formatProblem(value) === undefined);
  return { path, format: { json: fields.map(({ key, value }) => [key, value] as const) } };
}

/** Reports each format that Envoy would refuse. */
export function reportAccessLog(
  draft: ProxyDraft,
  resource: Resource<'virtualNode'> | Resource<'virtualGateway'>,
): void {
  const format = resource.spec.logging?.accessLog?.file.format;
  const check = (text: string, path: string, instead: string) => {
    const problem = formatProblem(text);
    const place = { resource, path: `spec.logging.accessLog.file.format.${path}` };
    if (problem !== undefined) report(draft, 'invalid', place, `${problem}; ${instead}`);
  };
  if (format?.text !== undefined) check(format.text, 'text', "Envoy's default format is written");
  format?.json?.forEach(({ key, value }, i) => {
    check(value, `json[${i}].value`, `${key} is not written`);
  });
}
