import { join } from "node:path";
import { startLab, type Lab } from "./lab.ts";
import { submit } from "./rr-submit.ts";
import { Shop, SHOP_COMMANDS } from "./shop.ts";

/** One flow as it is done by who hopes, one as it is done by who knows. */
const FLOWS = ["restart-undrained.yaml", "restart-drained.yaml"].map((name) => join("examples", name));
const HOSTS = ["lb1", "web1", "web2", "web3", "web4"];

/** Restarts the servers behind a load balancer while clients ask without pause: without drain, then with. */
export async function runStagesDemo(): Promise<number> {
  console.log(
    "Starting a lab on this machine only: a load balancer (lb1), four web servers behind it that take 0.8 s to answer,\n" +
      "and eight clients that ask for one page after the other. The servers are restarted twice, two at a time: without\n" +
      "a word to the load balancer, then drained first. All of it is removed at the end.\n",
  );
  const lab = await startLab({ hosts: HOSTS, programs: SHOP_COMMANDS });
  try {
    return await restartTwice(lab);
  } finally {
    await lab.stop();
  }
}

async function restartTwice(lab: Lab): Promise<number> {
  const shop = await Shop.start(lab);
  const requests: string[] = [];
  try {
    for (const flow of FLOWS) {
      const { done: code, said } = await shop.askWhile(() => submit(lab, flow));
      if (code !== 0) return code;
      requests.push(`  ${flow.padEnd(32)}${said}`);
      console.log();
    }
    console.log(`What the clients say:\n${requests.join("\n")}`);
    return 0;
  } finally {
    await shop.stop();
  }
}
