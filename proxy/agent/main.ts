import { segment } from '#mesh/wire/names.ts';
import { acmIssuer } from './acm.ts';
import { serveAgentApi } from './agent-api.ts';
import { type Config, InvalidConfiguration, readConfig } from './config.ts';
import { ControlLink } from './control-link.ts';
import { credentialSource } from './credentials.ts';
import { DataPlane } from './data-plane.ts';
import { httpRequest } from './http-request.ts';
import { errorText, jsonLog, type Log } from './log.ts';
import { Reporter } from './reporter.ts';
import { SnapshotCache } from './snapshot-cache.ts';
import { Telemetry } from './telemetry.ts';
import { AGENT_VERSION } from './version.ts';

/** Exit codes that proxy/init does not answer with a new agent: the task ends (sysexits.h: EX_SOFTWARE, EX_CONFIG). */
const EXIT = { stopped: 0, envoyGone: 70, invalidConfiguration: 78 } as const;
/** How long the last words may take on their way to the broker. */
const FAREWELL_MS = 1_000;
/** Envoy is connected again, and the app looked at, within a fraction of this on a busy machine. */
const ADOPTION_MS = 5_000;

/** Wires the data plane, the way to the control plane, reports and counts, and runs them until a signal. */
async function run(config: Config, log: Log): Promise<void> {
  const { resource, stateDirectory, ignored } = config;
  log.info('started', { agent: AGENT_VERSION, resource, ...(ignored.length > 0 && { ignoredVariables: ignored }) });
  const cache = new SnapshotCache(
    stateDirectory,
    `/${segment(resource.mesh)}/${resource.kind}/${segment(resource.name)}`,
  );
  const link = new ControlLink(config, process.env, log);
  const reporter = new Reporter((report) => link.report(report), log);
  const credentials = credentialSource(process.env, httpRequest);
  const issuer = acmIssuer({ endpoints: config.endpoints, credentials, request: httpRequest });
  const dataPlane: DataPlane = new DataPlane(config, cache, issuer, log, {
    applied: (snapshot) => {
      telemetry.follow(snapshot.telemetry);
      void reporter.applied(snapshot.rev, snapshot.hash);
    },
    rejected: ({ rev }, type, text) => void reporter.rejected(rev, type, text),
    looked: (ready, version) => {
      if (version !== undefined) reporter.envoy(version);
      void reporter.ready(ready);
    },
    gone: () => process.exit(EXIT.envoyGone),
    problems: (texts) => void reporter.problems(texts),
  });
  const telemetry = new Telemetry(dataPlane.admin, (counts) => link.counts(counts), log);
  const stop = stopper(dataPlane, link, reporter, telemetry, log);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, () => stop(signal));
  const lastGood = cache.load();
  if ((await dataPlane.start(lastGood)) === 'adopted') reporter.hold(ADOPTION_MS);
  if (config.agentApi !== undefined)
    await serveAgentApi({ address: config.agentApi, owner: resource, admin: dataPlane.admin, log }).catch((error) =>
      log.error('agentApiNotServed', { error: errorText(error) }),
    );
  await link.start(lastGood, {
    held: (snapshot) => dataPlane.apply(snapshot),
    resend: () => void reporter.send(),
    connected: () => void reporter.send(),
  });
}

/** Ends the task gently, once: say that it leaves, let connections end, end Envoy, exit 0. */
function stopper(
  dataPlane: DataPlane,
  link: ControlLink,
  reporter: Reporter,
  telemetry: Telemetry,
  log: Log,
): (signal: string) => void {
  let stopping = false;
  return (signal) => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { signal });
    void (async () => {
      dataPlane.leave();
      await Promise.race([reporter.ready(false), new Promise((resolve) => setTimeout(resolve, FAREWELL_MS))]);
      await dataPlane.stop();
      telemetry.stop();
      await Promise.race([link.stop(), new Promise((resolve) => setTimeout(resolve, FAREWELL_MS))]);
      log.info('stopped');
      process.exit(EXIT.stopped);
    })();
  };
}

const log = jsonLog();
try {
  await run(readConfig(process.env), log);
} catch (error) {
  if (!(error instanceof InvalidConfiguration)) throw error;
  log.error('invalidConfiguration', { problems: error.problems });
  process.exitCode = EXIT.invalidConfiguration;
}
