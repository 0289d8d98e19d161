/** What the name of a secret asks for. `resource`: the ARN that IAM decides about. */
export type SecretOrder =
  | { readonly kind: 'certificate' | 'root'; readonly certificateArn: string }
  | { readonly kind: 'authorities'; readonly authorityArns: readonly string[] };

/**
 * Reads a secret's name as the compiler writes it (`mesh/envoy/secret-name.ts`); `undefined` for one that is of another kind, or
 * of a certificate outside ACM.
 */
export function parseSecretName(name: string): SecretOrder | undefined {
  const [prefix = '', arns = ''] = split(name);
  if (prefix === 'acm-pca-trust') {
    const authorityArns = arns.split(',');
    return authorityArns.every(isArnOf('acm-pca')) ? { kind: 'authorities', authorityArns } : undefined;
  }
  if (!isArnOf('acm')(arns)) return undefined;
  if (prefix === 'acm-certificate') return { kind: 'certificate', certificateArn: arns };
  return prefix === 'acm-trust' ? { kind: 'root', certificateArn: arns } : undefined;
}

/** The region in which an ARN's resource lives. */
export function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}

function split(name: string): [string, string] {
  const end = name.indexOf(':');
  return [name.slice(0, end), name.slice(end + 1)];
}

const isArnOf = (service: string) => (arn: string) =>
  new RegExp(String.raw`^arn:[a-z-]+:${service}:[a-z0-9-]+:\d{12}:[a-z-]+/[\w-]+$`).test(arn);
