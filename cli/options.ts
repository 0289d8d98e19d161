import { type Command, InvalidArgumentError, Option } from 'commander';

/** How a command prints what it found. */
export type OutputFormat = 'json' | 'text';

/** Adds the options that say where Weir is and who calls; all of them may be left out. */
export function withConnection(command: Command): Command {
  return command
    .option('--endpoint <url>', "the stack's ApiUrl (default: WEIR_ENDPOINT)")
    .option('--stack <name>', 'the stack to ask for its ApiUrl (default: WEIR_STACK, else weir)')
    .option('--profile <name>', 'AWS profile with your own credentials (default: as the AWS CLI finds them)')
    .option('--region <name>', "AWS region (default: the endpoint's, else the profile's)");
}

/** Adds `--output json|text`. */
export function withOutput(command: Command, format: OutputFormat): Command {
  return command.addOption(new Option('--output <format>', 'how to print').choices(['json', 'text']).default(format));
}

/** Adds what the commands that change an ECS service have in common. */
export function withChange(command: Command): Command {
  return command
    .option('--cluster <name>', 'name or ARN of its ECS cluster', 'default')
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'show what would change, and change nothing');
}

/** A whole number from `least` to `most`, for an option's value. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}
