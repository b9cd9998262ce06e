import { main } from "./cli/program.ts";

// Whoever reads the log, or the other stream, may leave before the end; no run is left for it, nor is that logged.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.exitCode = await main(process.argv.slice(2), process.env);
