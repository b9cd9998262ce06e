import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, names, outcomes } from "../support/site.ts";
import { ownFolder, startSshd, type Sshd } from "../support/sshd.ts";

failOnLeftovers();

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ hosts: names("h", 200) });
});
afterAll(async () => {
  await sshd.stop();
});

describe("--local", () => {
  it("runs a flow with an embedded job server and worker, and leaves nothing running", async () => {
    const path = join(sshd.dir, "flow.json");
    writeFileSync(
      path,
      JSON.stringify({
        name: "local",
        slots: [
          { jobs: [{ name: "first", hosts: "h[1-200]", command: `${ownFolder}; echo x >> $d/done` }] },
          { jobs: [{ name: "second", hosts: "h[1-5]", command: "exit 4", okCodes: [4], parallelism: 2 }] },
        ],
      }),
    );
    const { code, stdout, stderr } = await runSubmit([
      path,
      "--local",
      ...["--ssh-config", sshd.sshConfigFile],
      ...["--concurrency", "20"],
      ...["--output", "ndjson"],
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(outcomes(eventsOf(stdout)).size).toBe(205);
  });
});
