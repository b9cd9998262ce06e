// node web.js [PORT|SOCKET]: the server of a web host, for the demo. As many are, it is slow to start and slow to answer,
// and what it is answering is lost when it is stopped.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ANSWERS_AFTER_MS, installedVersion } from "./versions.js";

const LOADS_MS = 500;
const listen = process.argv[2] ?? "shop.sock";
const version = installedVersion();
const answersAfterMs = ANSWERS_AFTER_MS.get(version);

// For `shop`: whole or not at all.
writeFileSync("shop.json.new", JSON.stringify({ pid: process.pid, listen }));
renameSync("shop.json.new", "shop.json");
// Who started it is gone, perhaps already.
process.on("disconnect", () => process.exit());
if (process.channel === null) process.exit();

await sleep(LOADS_MS);
// One that was stopped leaves its socket behind.
if (listen.endsWith(".sock")) rmSync(listen, { force: true });
createServer(({ url }, answer) => {
  answer.setHeader("connection", "close");
  if (url === "/health") answer.end("well\n");
  else setTimeout(() => answer.end(`a page of ${version}, by process ${process.pid}\n`), answersAfterMs);
}).listen(listen);
