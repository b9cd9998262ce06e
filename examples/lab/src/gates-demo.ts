import { join } from "node:path";
import { startLab, type Lab } from "./lab.ts";
import { submit } from "./rr-submit.ts";
import { Shop, SHOP_COMMANDS } from "./shop.ts";

const FLOW = join("examples", "release-watched.yaml");
const HOSTS = ["lb1", "web1", "web2", "web3", "web4", "web5", "web6", "web7", "web8"];
const BEFORE = "1.1";

/** What is installed (examples/shop/versions.js), what is said of it, and how rr-submit's run ends. */
const RELEASES = {
  bad: { version: "1.2", about: "takes a second, though it is well by its own check", code: 1 },
  good: { version: "1.3", about: "is as quick", code: 0 },
};

/** Installs a version on the servers behind a load balancer, while clients ask and a gate looks at how long they wait. */
export async function runGatesDemo(kind: keyof typeof RELEASES): Promise<number> {
  const { version, about } = RELEASES[kind];
  console.log(
    "Starting a lab on this machine only: a load balancer (lb1), eight web servers behind it whose version 1.1 takes\n" +
      `0.2 s to answer, and eight clients that ask for one page after the other. Version ${version}, which is installed\n` +
      `then, ${about}. All of it is removed at the end.\n`,
  );
  const lab = await startLab({ hosts: HOSTS, programs: SHOP_COMMANDS });
  try {
    return await release(lab, RELEASES[kind]);
  } finally {
    await lab.stop();
  }
}

async function release(lab: Lab, { version, code: expected }: (typeof RELEASES)["bad"]): Promise<number> {
  const shop = await Shop.start(lab, BEFORE);
  try {
    const { done: code, said } = await shop.askWhile(() =>
      submit(lab, FLOW, "--param", `version=${version}`),
    );
    console.log(`\nWhat the clients say:\n  ${said}`);
    const lines = Array.from(
      shop.versions(),
      ([versions, hosts]) => `  ${versions.padEnd(15)}${hosts.join(" ")}`,
    );
    console.log(`\nWhat the web servers ran, one after the other:\n${lines.join("\n")}`);
    return code === expected ? 0 : Math.max(code, 1);
  } finally {
    await shop.stop();
  }
}
