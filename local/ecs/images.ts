/** What runs for a container image locally. */
export type Image = {
  /** Program and arguments, as an image's entry point; a container definition's `command` is appended. */
  command: readonly [string, ...string[]];
  /** As an image's ENV: below the task definition's own environment. */
  env?: Readonly<Record<string, string>>;
};

/** What a container is to run, after the definition's `entryPoint` and `command` had their say. */
export function commandLine(
  image: Image,
  definition: { entryPoint?: string[] | undefined; command?: string[] | undefined },
): { command: string; args: string[] } {
  const [entryPoint, ...rest] = definition.entryPoint?.length ? definition.entryPoint : image.command;
  return { command: entryPoint ?? image.command[0], args: [...rest, ...(definition.command ?? [])] };
}
