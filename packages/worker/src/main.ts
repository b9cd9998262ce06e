import { main } from "./cli/program.ts";

// Whoever reads the log, or the other stream, may leave before the end; the worker must not end for it, nor log that.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.exitCode = await main(process.argv.slice(2), process.env);
