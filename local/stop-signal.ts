const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Settles at Ctrl-C, SIGTERM, SIGHUP, or when the process that started us through an IPC channel has died. Later signals
 * change nothing: stopping is under way, and the reaper ends what a killed process leaves.
 */
export function stopSignal(): Promise<void> {
  return new Promise((asked) => {
    for (const signal of SIGNALS) process.on(signal, () => asked());
    process.once('disconnect', asked);
    process.channel?.unref();
  });
}
