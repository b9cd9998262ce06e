// What a connection and a second command cost the processor, over our pool or over ssh2 alone. Rounds: the
// first ones pay for code that the engine has not compiled yet.
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import ssh2 from "ssh2";
import { createSshHosts } from "../../../packages/worker/dist/ssh/hosts.js";
import { forEachHost, processorMs, tell } from "./measure.js";

const { by, sshConfigFile, clientKey, hostKeyFile, port, user, hosts, atOnce, rounds } = JSON.parse(
  process.argv[2],
);

/** The pool, as the worker uses it. */
function ours() {
  const pool = createSshHosts({ sshConfigFiles: [sshConfigFile] });
  return {
    async run(host) {
      const lease = await pool.connect({ host, connectTimeoutMs: 120_000 });
      if (!lease.ok) throw new Error(lease.error.message);
      const channel = await lease.value.exec("true");
      if (!channel.ok) throw new Error(channel.error.message);
      channel.value.onData(() => {});
      await channel.value.ended;
      const end = await channel.value.exited;
      if (end.kind !== "exit" || end.code !== 0) throw new Error(JSON.stringify(end));
      lease.value.release();
    },
    close: () => pool.close(),
  };
}

/** The least that a program must do with ssh2 to keep connections and run commands on them. */
function bare() {
  const clients = new Map();
  const privateKey = readFileSync(clientKey);
  const hostKey = Buffer.from(readFileSync(hostKeyFile, "utf8").split(" ")[1], "base64");
  const hostVerifier = (key) => hostKey.equals(key);
  const connect = (host) =>
    new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      client.on("ready", () => resolve(client)).on("error", reject);
      // Else each command waits some 40 ms: Nagle's algorithm against delayed acknowledgements.
      client.on("connect", () => client.setNoDelay(true));
      client.connect({ host, port, username: user, privateKey, hostVerifier, keepaliveInterval: 10_000 });
    });
  const exec = (client) =>
    new Promise((resolve, reject) => {
      client.exec("true", (error, channel) => {
        if (error) return reject(error);
        let code;
        channel.on("data", () => {}).on("exit", (exitCode) => (code = exitCode));
        channel.on("close", () => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
        channel.stderr.on("data", () => {});
      });
    });
  return {
    async run(host) {
      if (!clients.has(host)) clients.set(host, await connect(host));
      await exec(clients.get(host));
    },
    async close() {
      const all = Array.from(clients.values(), (client) => {
        const closed = new Promise((resolve) => client.on("close", resolve));
        client.end();
        return closed;
      });
      await Promise.all(all);
    },
  };
}

async function perHost(work) {
  const before = processorMs();
  await forEachHost(hosts, atOnce, work);
  return (processorMs() - before) / hosts.length;
}

for (let round = 1; round <= rounds; round += 1) {
  const side = by === "ssh2" ? bare() : ours();
  const firstMs = await perHost((host) => side.run(host));
  const secondMs = await perHost((host) => side.run(host));
  await side.close();
  tell({ at: "round", by, round, firstMs, secondMs });
}
