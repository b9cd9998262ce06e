import { runFleetDemo } from "./fleet-demo.ts";
import { handleSignals } from "./rr-submit.ts";
import { runStagesDemo } from "./stages-demo.ts";

const [name, ...more] = process.argv.slice(2);

if (more.length === 0 && (name === undefined || name === "stages")) {
  handleSignals();
  process.exitCode = await (name === "stages" ? runStagesDemo() : runFleetDemo());
} else {
  console.error(
    `There is no demo ${[name, ...more].join(" ")}. There are:\n` +
      "  npm run demo             a flow of two slots on 116 hosts\n" +
      "  npm run demo -- stages   a restart behind a load balancer, without and with draining",
  );
  process.exitCode = 2;
}
