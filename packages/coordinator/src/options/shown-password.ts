/** Why this cannot stand on a command line, which every user of the box can read; undefined: it can. */
export function shownPassword(store: string | undefined): string | undefined {
  if (store === undefined || !URL.canParse(store)) return undefined;
  const { protocol, password, searchParams } = new URL(store);
  const isPostgres = protocol === "postgres:" || protocol === "postgresql:";
  if (!isPostgres || (password === "" && !searchParams.has("password"))) return undefined;
  return (
    "--store has a password in it, and every user of this box can read a command line: " +
    "put the password into ~/.pgpass (mode 0600), or the URL into the environment (RR_STORE)"
  );
}
