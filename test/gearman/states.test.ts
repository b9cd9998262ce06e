import { expect, test } from "vitest";
import { formatServer, type LinkState } from "@roadrunner/core/gearman";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gate,
  gearmandForTest,
  hearLog,
  startClient,
  startWorker,
  submit,
  untilUp,
} from "./kit.ts";
import { startScriptedServer, type Peer } from "./scripted-server.ts";

failOnLeftovers();

function tell(state: LinkState): string {
  if (state.type === "connecting") return `connecting ${formatServer(state.server)} ${state.attempt}`;
  if (state.type === "down") return `down ${formatServer(state.server)}: ${state.reason}`;
  return state.type === "up" ? `up ${formatServer(state.server)}` : state.type;
}

test("each change of state is one event, with server, attempt and reason", async () => {
  const server = await startScriptedServer({});
  const name = formatServer(server.address);
  const client = startClient([server.address]);
  const told: string[] = [tell(client.state)];
  const stop = client.onState((state) => told.push(tell(state)));
  await untilUp(client);
  server.peers[0]?.socket.end();
  await until("another connection", () => client.state.type === "up" && server.peers.length === 2);
  await client.close();
  expect(told).toEqual([
    `connecting ${name} 1`,
    `up ${name}`,
    `down ${name}: the server closed the connection`,
    // Not 1: a connection that held so shortly is no success.
    `connecting ${name} 2`,
    `up ${name}`,
    "closed",
  ]);
  stop();
});

test("listeners that throw disturb nobody, and are logged", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name !== "SUBMIT_JOB") return;
      peer.send("JOB_CREATED", "H:1");
      peer.send("WORK_DATA", "H:1", "x");
      peer.send("WORK_COMPLETE", "H:1", "end");
    },
  });
  const throwing = () => {
    throw new Error("oh");
  };
  const { log, lines } = hearLog();
  const client = startClient([server.address], { log });
  client.onState(throwing);
  const heard: string[] = [];
  client.onState((state) => heard.push(state.type));
  await untilUp(client);
  expect(await completeText(submit(client, "f", { onAccepted: throwing, onData: throwing }))).toBe("end");
  const worker = startWorker([server.address], { f: async () => "" }, { log });
  worker.onState(throwing);
  await until("the worker to be up", () => worker.links[0]?.state.type === "up");
  expect(heard).toEqual(["up"]);
  expect(lines).toEqual([
    "error bug: a listener of the Gearman client's state threw: oh",
    expect.stringMatching(/^error bug: onAccepted of the submission .* threw: oh$/),
    expect.stringMatching(/^error bug: onData of the submission .* threw: oh$/),
    "error bug: a listener of the Gearman worker's state threw: oh",
  ]);
});

test("100 protocol errors: fatal for a client's connection, noted by a worker's, uncaught nowhere", async () => {
  const server = await startScriptedServer({
    onPacket: (peer, { name }) => {
      if (name === "GRAB_JOB_UNIQ") peer.send("NO_JOB");
    },
  });
  const sendErrors = (peer: Peer | undefined) => {
    for (let each = 0; each < 100; each += 1) peer?.send("ERROR", "JOB_NOT_FOUND", "no such job");
  };
  const reasons: string[] = [];
  const client = await connectedClient([server.address]);
  client.onState((state) => void (state.type === "down" && reasons.push(state.reason)));
  sendErrors(server.peers[0]);
  await until("the client to be up again", () => server.peers.length === 2 && client.state.type === "up");
  expect(reasons).toEqual(["an error that answers no submission: JOB_NOT_FOUND: no such job"]);
  const { log, lines } = hearLog();
  const worker = await connectedWorker([server.address], { f: async () => "" }, { log });
  await until("it to sleep", () => server.peers[2]?.count("PRE_SLEEP") === 1);
  sendErrors(server.peers[2]);
  await until("the worker to note them", () => lines.length === 100);
  expect(worker.links[0]?.state.type).toBe("up");
});

test("several servers: the first that answers; lost, the next; a job never moves", async () => {
  const [a, b] = await Promise.all([gearmandForTest(), gearmandForTest()]);
  const client = await connectedClient([a.asServer, b.asServer]);
  expect(client.state).toEqual({ type: "up", server: a.asServer });
  const lost = submit(client, "f");
  await until("A to have it", async () => (await a.status("f")).total === 1);
  await a.kill();
  expect(await lost.result).toMatchObject({ kind: "lost" });
  await until("B", () => client.state.type === "up" && client.state.server === b.asServer);
  const ran: string[] = [];
  await connectedWorker([b.asServer], {
    f: async ({ unique }) => {
      ran.push(unique);
      return "of B";
    },
  });
  const second = submit(client, "f");
  expect(await completeText(second)).toBe("of B");
  expect(ran).toEqual([second.unique]);
  // A is back: whoever is on B stays there.
  await a.restart();
  expect(await completeText(submit(client, "f"))).toBe("of B");
  expect(client.state).toEqual({ type: "up", server: b.asServer });
});

test("the first server is dead at the start", async () => {
  const b = await gearmandForTest();
  const dead = { host: "127.0.0.1", port: await findFreePort() };
  const client = await connectedClient([dead, b.asServer]);
  expect(client.state).toEqual({ type: "up", server: b.asServer });
});

test("a worker listens on all servers, also on those that come later, and reports each", async () => {
  const [a, b] = await Promise.all([gearmandForTest(), gearmandForTest()]);
  await b.stop();
  const worker = startWorker([a.asServer, b.asServer], { f: async () => "" });
  await until("A to be up and B to be tried again", () => {
    const [first, second] = worker.links;
    return first?.state.type === "up" && second?.state.type === "connecting" && second.state.attempt > 1;
  });
  await b.restart();
  const client = await connectedClient([b.asServer]);
  expect(await completeText(submit(client, "f"))).toBe("");
});

test("submitting and working never share a connection", async () => {
  const server = await startScriptedServer({});
  const never = gate();
  await connectedWorker([server.address], { f: () => never.opened.then(() => "") });
  const client = await connectedClient([server.address]);
  submit(client, "f");
  await until(
    "both to speak",
    () => server.peers.length === 2 && server.peers.every((p) => p.names().length > 0),
  );
  const roles = server.peers.map((peer) => [peer.count("SUBMIT_JOB"), peer.count("GRAB_JOB_UNIQ")]);
  expect(roles).toEqual([
    [0, 1],
    [1, 0],
  ]);
});
