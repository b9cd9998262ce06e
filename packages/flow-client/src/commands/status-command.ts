import { defined, safeJson } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { askFleet, openPoolSeal, Wrapping } from "@roadrunner/engine";
import type { Fleet } from "@roadrunner/engine/api";
import { clientOf, type CoordinatorClient } from "../coordinator/index.ts";
import { statusText, type CoordinatorStanding, type Standing } from "../reporters/lists/status-text.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import type { statusOptions } from "../usage/options.ts";
import { print } from "../screen/print.ts";
import { inOneLine } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `rr-submit status`: job servers, queues and workers as they are now. It starts nothing. Where a coordinator is named, it
 * tells of itself and of its own, and from here those job servers are asked that are named beside it.
 */
export async function statusCommand(
  options: OptionValues<typeof statusOptions>,
  { serversNamed, env }: { readonly serversNamed: boolean; readonly env: Env },
): Promise<ExitCode> {
  const seal = openPoolSeal(options["pool-key-file"]);
  if (!seal.ok) {
    say(seal.error);
    return EXIT.usage;
  }
  const wrapping = new Wrapping(undefined, seal.value);
  const { coordinator: address, ...access } = options;
  const servers = address === undefined || serversNamed ? options.servers : [];
  const [coordinator, fleet] = await Promise.all([
    address === undefined ? undefined : askCoordinator(clientOf({ ...access, coordinator: address }, env)),
    askFleet(servers, wrapping),
  ]);
  const standing: Standing = { ...defined({ coordinator }), ...fleet };
  const text = options.json ? safeJson(standing, 2) : statusText(standing).join("\n");
  const up = servers.length === 0 || isUp(fleet);
  return print(text, up && isWell(coordinator) ? EXIT.succeeded : EXIT.infrastructure);
}

function isUp({ servers }: Fleet): boolean {
  return servers.some(({ problem }) => problem === undefined);
}

function isWell(coordinator: CoordinatorStanding | undefined): boolean {
  if (coordinator === undefined) return true;
  const { ok, fleet } = coordinator;
  return ok === true && fleet !== undefined && isUp(fleet);
}

async function askCoordinator(client: CoordinatorClient): Promise<CoordinatorStanding> {
  const who = await client.who();
  const health = who.ok ? await client.health() : await client.healthForAll();
  if (!health.ok) return { address: client.name, problem: inOneLine(health.error.refusal) };
  const { ok, version, store, carried, reasons } = health.value;
  return {
    address: client.name,
    ok,
    ...defined({ version, store, carried, reasons }),
    ...(who.ok
      ? { ...defined({ login: who.value }), ...(await fleetOf(client)) }
      : { noLogin: inOneLine(who.error.refusal) }),
  };
}

async function fleetOf(client: CoordinatorClient): Promise<Pick<CoordinatorStanding, "fleet" | "noFleet">> {
  const fleet = await client.fleet();
  return fleet.ok ? { fleet: fleet.value } : { noFleet: inOneLine(fleet.error.refusal) };
}
