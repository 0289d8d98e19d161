import type { Alarms } from '#rollouts/policy-ports.ts';

/** CloudWatch's alarms: every name is one unless it is missing. */
export class WorldAlarms implements Alarms {
  firing: { readonly name: string; readonly reason: string }[] = [];
  readonly missing = new Set<string>();
  /** DescribeAlarms is throttled for good. */
  isDown = false;

  async of(names: readonly string[]): ReturnType<Alarms['of']> {
    if (this.isDown) throw Object.assign(new Error('rate exceeded'), { name: 'ThrottlingException' });
    const known = names.filter((name) => !this.missing.has(name));
    return known.map((name) => {
      const found = this.firing.find((one) => one.name === name);
      return { name, isFiring: found !== undefined, reason: found?.reason ?? 'quiet' };
    });
  }
}
