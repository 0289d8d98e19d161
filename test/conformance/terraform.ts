import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** What a Terraform command ended with; its output in one text, without colours. */
export interface Run {
  readonly exitCode: number;
  readonly output: string;
}

/** A directory with `shop.tf` and a state of its own. */
export interface Terraform {
  /** `terraform <command> …` with the variables of `shop.tf` that differ from their defaults. */
  readonly run: (
    command: 'apply' | 'plan' | 'destroy',
    variables?: Readonly<Record<string, string | number>>,
  ) => Promise<Run>;
}

type Environment = Readonly<Record<string, string>>;

/** A registry that does not answer must not hold the tests up. */
const INIT_MS = 90_000;
const shop = new URL('shop.tf', import.meta.url).pathname;

/**
 * Prepares a directory with the AWS provider: from the folder WEIR_TERRAFORM_PLUGINS names (a filesystem mirror), else as
 * `terraform init` finds it. Answers a sentence when Terraform or the provider cannot be had: then there is nothing to test.
 */
export async function prepareTerraform(
  folder: string,
  environment: Environment,
  variables: Readonly<Record<string, string>>,
): Promise<Terraform | string> {
  if (spawnSync('terraform', ['version'], { env: { ...environment } }).status !== 0)
    return 'terraform is not on the PATH';
  const directory = mkdtempSync(join(folder, 'terraform-'));
  cpSync(shop, join(directory, 'shop.tf'));
  const all = { ...environment, ...ownConfiguration(), TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
  const plugins = process.env['WEIR_TERRAFORM_PLUGINS'];
  const init = ['init', '-input=false', '-no-color', ...(plugins === undefined ? [] : [`-plugin-dir=${plugins}`])];
  const { exitCode, output } = await terraform(directory, all, init, INIT_MS);
  if (exitCode !== 0)
    return `the AWS provider cannot be had (WEIR_TERRAFORM_PLUGINS names a mirror): ${reasonIn(output)}`;
  return {
    run: (command, more = {}) => {
      const values = Object.entries({ ...variables, ...more }).map(([name, value]) => `-var=${name}=${value}`);
      const how = command === 'plan' ? '-detailed-exitcode' : '-auto-approve';
      return terraform(directory, all, [command, '-input=false', '-no-color', how, ...values]);
    },
  };
}

/** The user's own CLI configuration, if there is one: a mirror may be named in it. Terraform stops at a name without a file. */
function ownConfiguration(): Environment {
  const file = process.env['TF_CLI_CONFIG_FILE'];
  return file !== undefined && existsSync(file) ? { TF_CLI_CONFIG_FILE: file } : {};
}

function terraform(cwd: string, env: Environment, args: readonly string[], timeout = 0): Promise<Run> {
  return new Promise((resolve) => {
    execFile('terraform', args, { cwd, env: { ...env }, timeout, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ exitCode, output: `${stdout}${stderr}` });
    });
  });
}

/** Terraform frames its errors with lines; the first one after `Error:` says enough. */
const reasonIn = (output: string): string => /Error: (.*)/.exec(output)?.[1] ?? 'terraform init did not end in time';
