/** Runs rr-coordinator until it is told to leave; gives its exit code. */
export async function main(
  _args: readonly string[],
  _env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  process.stderr.write("rr-coordinator is not built yet\n");
  return Promise.resolve(2);
}
