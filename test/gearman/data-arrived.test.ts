import { expect, test } from "vitest";
import { Places } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { completeText, connectedClient, connectedWorker, gate, gearmandForTest, submit } from "./kit.ts";
import { startScriptedServer, type Peer } from "./scripted-server.ts";

failOnLeftovers();

/** Hands out two jobs, and answers no ECHO_REQ by itself. */
async function serverOfTwoJobs() {
  const handles = ["H:1", "H:2"];
  return startScriptedServer({
    polite: false,
    onPacket: (peer, { name, data }) => {
      if (name === "OPTION_REQ") peer.send("OPTION_RES", data);
      if (name !== "GRAB_JOB_UNIQ") return;
      const handle = handles.shift();
      if (handle === undefined) peer.send("NO_JOB");
      else peer.send("JOB_ASSIGN_UNIQ", handle, "f", "u", "");
    },
  });
}

const order = (peer: Peer | undefined) =>
  peer?.received.map(({ name }) => name).filter((name) => name === "WORK_DATA" || name === "ECHO_REQ") ?? [];

test("data has arrived when the server answers what was asked behind it; two jobs share a question", async () => {
  const server = await serverOfTwoJobs();
  const over = gate();
  const arrived: boolean[] = [];
  const f = async (job: { sendData(text: string): Promise<boolean>; dataArrived(): Promise<boolean> }) => {
    void job.sendData("started");
    arrived.push(await job.dataArrived());
    await over.opened;
    return "";
  };
  await connectedWorker([server.address], { f }, { places: new Places(2) });
  const [peer] = server.peers;
  await until("both jobs' data", () => peer?.count("WORK_DATA") === 2);
  await until("the question", () => peer?.count("ECHO_REQ") === 1);
  expect(order(peer)[0]).toBe("WORK_DATA");
  expect(arrived).toEqual([]);
  peer?.send("ECHO_RES", "");
  await until("the first to know", () => arrived.length >= 1);
  if (arrived.length === 1) {
    await until("the second question", () => peer?.count("ECHO_REQ") === 2);
    expect(order(peer).slice(-1)).toEqual(["ECHO_REQ"]);
    peer?.send("ECHO_RES", "");
  }
  await until("both to know", () => arrived.length === 2);
  expect(arrived).toEqual([true, true]);
  over.open();
  await until("both results", () => peer?.count("WORK_COMPLETE") === 2);
});

test("whether data has arrived is not known of a connection that is gone", async () => {
  const server = await serverOfTwoJobs();
  const arrived: boolean[] = [];
  const f = async (job: { sendData(text: string): Promise<boolean>; dataArrived(): Promise<boolean> }) => {
    void job.sendData("started");
    arrived.push(await job.dataArrived());
    arrived.push(await job.dataArrived());
    return "";
  };
  await connectedWorker([server.address], { f }, { places: new Places(2), onUndeliverable: () => undefined });
  const [peer] = server.peers;
  await until("both to ask", () => peer?.count("WORK_DATA") === 2 && peer.count("ECHO_REQ") >= 1);
  expect(arrived).toEqual([]);
  peer?.reset();
  await until("all to be told", () => arrived.length === 4);
  expect(arrived).toEqual([false, false, false, false]);
});

test("gearmand answers for 200 jobs at once, and their clients have the data", async () => {
  const gearmand = await gearmandForTest();
  const client = await connectedClient([gearmand.asServer]);
  const heard = new Set<string>();
  const early: string[] = [];
  const f = async (job: {
    readonly unique: string;
    sendData(text: string): Promise<boolean>;
    dataArrived(): Promise<boolean>;
  }) => {
    void job.sendData("started");
    if (!(await job.dataArrived())) early.push(job.unique);
    return "done";
  };
  await connectedWorker([gearmand.asServer], { f }, { places: new Places(50) });
  const jobs = Array.from({ length: 200 }, (_, index) =>
    submit(client, "f", { onData: () => void heard.add(String(index)) }),
  );
  for (const job of jobs) expect(await completeText(job)).toBe("done");
  expect(early).toEqual([]);
  expect(heard.size).toBe(200);
});
