// node scripted-worker.js PORT PLACES OUTPUT_BYTES: a worker whose hosts all answer at once, with so much output.
import { controlFunction, encodeAnswer, runFunction } from "@roadrunner/core";
import { GearmanWorker, Places } from "@roadrunner/core/gearman";

const [port, places, outputBytes] = process.argv.slice(2).map(Number);
const id = "scripted";
const started = { type: "started", v: 1, worker: id, places, version: "0", reads: [1] };
const stdout = "x".repeat(outputBytes);

async function task(job) {
  const { host, task } = JSON.parse(job.workload.toString("utf8"));
  const { submission } = task;
  await job.sendData(encodeAnswer({ ...started, submission }));
  return encodeAnswer({ v: 1, submission, host, outcome: "ok", exitCode: 0, worker: id, stdout, stderr: "" });
}

function serve(clientId, name, handler, count) {
  new GearmanWorker({
    servers: [{ host: "127.0.0.1", port }],
    clientId,
    functions: [{ name, handler }],
    places: new Places(count),
    onHandlerError: (_, error) => String(error),
    onUndeliverable: () => {},
  }).start();
}

serve(id, runFunction(), task, places);
serve(
  `${id}-control`,
  controlFunction(id),
  async () =>
    JSON.stringify({ v: 1, worker: id, ok: true, version: "0", places, running: 0, state: "running" }),
  4,
);
