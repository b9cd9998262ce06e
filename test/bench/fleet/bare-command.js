import { randomBytes } from "node:crypto";
import { remoteProgram } from "../../../packages/worker/dist/program/program.js";

/**
 * How the bare loop has `true` run on a host: as `plain` exec request, or by the same remote program that rr-worker
 * sends, `repeatable` or `once`.
 */
export function commandRunner(program) {
  if (program === "plain") return runPlain;
  return (client, host, pass) => runProgram(client, taskOf(host, pass, program));
}

function runPlain(client) {
  return new Promise((resolve, reject) => {
    client.exec("true", (error, channel) => {
      if (error) return reject(error);
      channel.resume();
      channel.stderr.resume();
      let code;
      channel.once("exit", (exitCode) => (code = exitCode));
      channel.once("close", () => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
    });
  });
}

/** Writes the hello, waits for its mark, writes the body, and waits for the end marks of both streams. */
function runProgram(client, task) {
  const { exec, hello, body } = remoteProgram(task, { server: "OpenSSH_9.2p1" });
  return new Promise((resolve, reject) => {
    client.exec(exec, (error, channel) => {
      if (error) return reject(error);
      let greeted = false;
      const heard = { stdout: "", stderr: "" };
      const hear = (stream) => (chunk) => {
        heard[stream] += chunk.toString("latin1");
        if (!greeted && heard.stderr.includes(`rr:${task.nonce}:hello\n`)) {
          greeted = true;
          channel.write(body);
        }
        const ended = heard.stdout.includes(`rr:${task.nonce}:end`) && /:end 0 .*\n/.test(heard.stderr);
        if (ended) {
          resolve();
          channel.close();
        }
      };
      channel.on("data", hear("stdout"));
      channel.stderr.on("data", hear("stderr"));
      channel.once("close", () => reject(new Error(`no end mark: ${JSON.stringify(heard)}`)));
      channel.write(hello);
    });
  });
}

function taskOf(host, pass, delivery) {
  return {
    host,
    nonce: randomBytes(15).toString("hex").slice(0, 24),
    attempt: 1,
    command: "true",
    env: { RR_HOST: host, RR_RUN: "20261124-091612-abcdefgh", RR_JOB: `pass${pass}`, RR_ATTEMPT: "1" },
    secretEnv: {},
    shell: "/bin/sh",
    killGraceMs: 5000,
    connectTimeoutMs: 15_000,
    okCodes: [0],
    delivery,
    onDisconnect: delivery === "once" ? "finish" : "attached",
    maxOutputBytes: 1 << 20,
    recordKey: randomBytes(16).toString("hex").slice(0, 26),
  };
}
