import { runDetachDemo } from "./detach-demo.ts";
import { runFleetDemo } from "./fleet-demo.ts";
import { runGatesDemo } from "./gates-demo.ts";
import { handleSignals } from "./rr-submit.ts";
import { runStagesDemo } from "./stages-demo.ts";

/** By what follows `npm run demo --`. */
const DEMOS = new Map([
  ["", runFleetDemo],
  ["stages", runStagesDemo],
  ["gates", () => runGatesDemo("bad")],
  ["--detach", runDetachDemo],
  ["gates good", () => runGatesDemo("good")],
]);

const name = process.argv.slice(2).join(" ");
const run = DEMOS.get(name);

if (run !== undefined) {
  handleSignals();
  process.exitCode = await run();
} else {
  console.error(
    `There is no demo ${name}. There are:\n` +
      "  npm run demo                 a flow of two slots on 116 hosts\n" +
      "  npm run demo -- stages       a restart behind a load balancer, without and with draining\n" +
      "  npm run demo -- gates        a slow version there, which a gate stops and undo takes back\n" +
      "  npm run demo -- gates good   a version that its gate lets through\n" +
      "  npm run demo -- --detach     a run that outlives whoever carries it",
  );
  process.exitCode = 2;
}
