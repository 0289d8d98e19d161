import { ConfigError } from './config.ts';

/** What only the function that tells people knows. */
export interface NotifyConfig {
  /** URL of the queue it reads. */
  readonly notifications: string;
  /** URL of the queue for what could not be told. */
  readonly undelivered: string;
  /** Receivers on private addresses and without TLS are called too: local mode. */
  readonly allowPrivate: boolean;
}

/** Reads it, once. Throws one {@link ConfigError} that lists what is missing. */
export function readNotifyConfig(environment: NodeJS.ProcessEnv = process.env): NotifyConfig {
  const { WEIR_NOTIFICATIONS, WEIR_UNDELIVERED, WEIR_RECEIVERS } = environment as Readonly<Record<string, string>>;
  if (WEIR_NOTIFICATIONS && WEIR_UNDELIVERED)
    return {
      notifications: WEIR_NOTIFICATIONS,
      undelivered: WEIR_UNDELIVERED,
      allowPrivate: WEIR_RECEIVERS === 'any',
    };
  const missing = Object.entries({ WEIR_NOTIFICATIONS, WEIR_UNDELIVERED }).filter(([, value]) => !value);
  throw new ConfigError(missing.map(([name]) => `${name} is missing`));
}
