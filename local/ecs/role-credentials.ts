/** Temporary credentials as STS issues them. */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: Date };

/** Assumes a role under a session name. */
export type AssumeRole = (roleArn: string, sessionName: string) => Promise<Credentials>;

/** The SDKs refresh five minutes before expiry; credentials this close to it would be refused as stale at once. */
const REFRESH_BEFORE_MS = 10 * 60_000;

/** Task role credentials, assumed once per task with the task id as session name and renewed before they expire. */
export class RoleCredentials {
  readonly #assumeRole: AssumeRole;
  readonly #now: () => number;
  readonly #byTask = new Map<string, { pending: Promise<Credentials>; staleAt?: number }>();

  constructor(assumeRole: AssumeRole, now: () => number = Date.now) {
    this.#assumeRole = assumeRole;
    this.#now = now;
  }

  /** In the shape of the container credentials endpoint. Rejects with STS's own error; the next call tries again. */
  async of(roleArn: string, taskId: string): Promise<Record<string, string>> {
    const credentials = await this.#fresh(roleArn, taskId);
    return {
      RoleArn: roleArn,
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      Expiration: credentials.expiration.toISOString(),
    };
  }

  /** The task has ended. */
  forget(taskId: string): void {
    this.#byTask.delete(taskId);
  }

  /** Containers of one task asking together share one call to STS. */
  #fresh(roleArn: string, taskId: string): Promise<Credentials> {
    const held = this.#byTask.get(taskId);
    if (held && (held.staleAt === undefined || held.staleAt > this.#now())) return held.pending;
    const entry: { pending: Promise<Credentials>; staleAt?: number } = { pending: this.#assumeRole(roleArn, taskId) };
    this.#byTask.set(taskId, entry);
    entry.pending.then(
      ({ expiration }) => {
        entry.staleAt = expiration.getTime() - REFRESH_BEFORE_MS;
      },
      () => this.#byTask.delete(taskId),
    );
    return entry.pending;
  }
}
