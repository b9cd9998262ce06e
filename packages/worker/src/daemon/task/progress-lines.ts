import { encodeAnswer, defined, WIRE_VERSION, type Workload } from "@roadrunner/core";
import { LiveText } from "./output-text.ts";
import { SIGN_OF_LIFE_MS } from "./signs-of-life.ts";
import type { TaskJob, SharedParts } from "../shared-parts.ts";

/** Says *started*; the promise tells when the next line may follow. */
export async function sayStarted(shared: SharedParts, { task }: Workload, job: TaskJob): Promise<void> {
  const line = encodeAnswer({
    type: "started",
    v: WIRE_VERSION,
    ...defined({ submission: task?.submission }),
    worker: shared.workerId,
    places: shared.places,
    version: shared.version,
    reads: [WIRE_VERSION],
    ...(shared.takesInTimeOnly ? { clockMs: Date.now() } : {}),
    signOfLifeMs: SIGN_OF_LIFE_MS,
  });
  job.life.begin();
  await job.send(line);
}

/** Passes output on as it comes; a slow reader slows the command down, through the promise. */
export function liveOutput(workload: Workload, job: TaskJob) {
  if (workload.live !== true) return undefined;
  const texts = { stdout: new LiveText(), stderr: new LiveText() };
  const send = async (stream: "stdout" | "stderr", text: ReturnType<LiveText["push"]>): Promise<void> => {
    if (text === undefined) return;
    await job.send(
      encodeAnswer({ type: "output", v: WIRE_VERSION, stream, data: text.data, encoding: text.encoding }),
    );
  };
  return {
    onOutput: async (stream: "stdout" | "stderr", chunk: Buffer) => {
      await send(stream, texts[stream].push(chunk));
    },
    end: async () => {
      await send("stdout", texts.stdout.end());
      await send("stderr", texts.stderr.end());
    },
  };
}
