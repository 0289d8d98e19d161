import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle, type Metafile } from 'esbuild';

/** What one bundle is for and how large it came out. */
export type Bundle = { name: string; file: string; bytes: number };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The SDK and MQTT are CommonJS inside and call `require` for Node's own modules. */
const REQUIRE_BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * Bundles every `functions/<name>/handler.ts` into `<dist>/<name>/handler.mjs`, the agent into `<dist>/agent/main.mjs`
 * with what rides beside it, and the `weir` command into `<dist>/cli/main.mjs`. Source maps go to `<dist>/maps`, outside what is
 * deployed. Throws with esbuild's own text.
 */
export async function build(dist = join(ROOT, 'dist'), root = ROOT): Promise<Bundle[]> {
  rmSync(dist, { recursive: true, force: true });
  const { functions, programs } = entryPoints(root);
  const results = [await bundled(functions, dist, root, lambdaOnly(root)), await bundled(programs, dist, root)];
  for (const file of results.flatMap(({ outputFiles }) => outputFiles)) write(placeOf(dist, file.path), file.contents);
  const metafile = merged(results.map((result) => result.metafile));
  write(join(dist, 'meta.json'), JSON.stringify(metafile));
  copyAgentFiles(root, dist);
  return bundlesOf(metafile, root, dist);
}

type Entries = Readonly<Record<string, string>>;
type Alias = Readonly<Record<string, string>>;

function bundled(entryPoints: Entries, dist: string, root: string, alias: Alias = {}) {
  return bundle({
    absWorkingDir: root,
    entryPoints: { ...entryPoints },
    alias: { ...alias },
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    banner: { js: REQUIRE_BANNER },
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
}

const merged = (all: readonly Metafile[]): Metafile => ({
  inputs: Object.assign({}, ...all.map(({ inputs }) => inputs)),
  outputs: Object.assign({}, ...all.map(({ outputs }) => outputs)),
});

/** What only functions do without; a tree without it (a test's) has no SDK. */
function lambdaOnly(root: string): Alias {
  const credentials = join(root, 'aws/function-credentials.ts');
  return existsSync(credentials) ? { '@aws-sdk/credential-provider-node': credentials } : {};
}

function entryPoints(root: string): { readonly functions: Entries; readonly programs: Entries } {
  const folders = readdirSync(join(root, 'functions'), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const handlers = names.filter((name) => existsSync(join(root, 'functions', name, 'handler.ts')));
  const entries = Object.fromEntries(handlers.map((name) => [`${name}/handler`, `functions/${name}/handler.ts`]));
  const programs = Object.entries({ 'agent/main': 'proxy/agent/main.ts', 'cli/main': 'cli/main.ts' });
  return {
    functions: entries,
    programs: Object.fromEntries(programs.filter(([, file]) => existsSync(join(root, file)))),
  };
}

/** `<name>/handler.mjs.map` becomes `maps/<name>/handler.mjs.map`. */
function placeOf(dist: string, path: string): string {
  return path.endsWith('.map') ? join(dist, 'maps', relative(dist, path)) : path;
}

/** The supervisor and Envoy's bootstrap ride in the image as they are. */
function copyAgentFiles(root: string, dist: string): void {
  const proxy = join(root, 'proxy');
  const files = readdirSync(proxy, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/^Dockerfile|\.(ts|md)$/.test(entry.name),
  );
  for (const { name } of files) cpSync(join(proxy, name), join(dist, 'agent', name));
}

function bundlesOf({ outputs }: Metafile, root: string, dist: string): Bundle[] {
  const code = Object.entries(outputs).filter(([file]) => file.endsWith('.mjs'));
  return code.map(([file, { bytes }]) => ({ name: dirname(relative(dist, join(root, file))), file, bytes }));
}

function write(file: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

if (import.meta.main) {
  const started = performance.now();
  const bundles = await build();
  for (const { file, bytes } of bundles) console.log(`${(bytes / 1024).toFixed(0).padStart(6)} KB  ${file}`);
  console.log(`${bundles.length} bundles in ${((performance.now() - started) / 1000).toFixed(2)} s`);
}
