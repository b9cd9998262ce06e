import { execFile, spawnSync, type ExecFileException } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DOCKER_FOLDER = fileURLToPath(new URL("../../docker", import.meta.url));

/**
 * The commands that docker/README.md shows, the first of them or those behind a heading: it is they that are tried. Each
 * is what follows `docker compose`.
 */
export function shownCommands(heading = ""): readonly (readonly string[])[] {
  const page = readFileSync(join(DOCKER_FOLDER, "README.md"), "utf8");
  const block = /```sh\n([^`]*)```/.exec(page.slice(page.indexOf(heading)))?.[1] ?? "";
  const lines = block.trimEnd().split("\n");
  return lines.map((line) => line.replace(/^docker compose /, "").split(" "));
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The Compose that is there, in a project of its own; throws where there is no engine or no Compose. */
export class Compose {
  readonly #command: readonly string[];
  readonly project = `rr-test-${randomBytes(4).toString("hex")}`;

  constructor() {
    const engine = spawnSync("docker", ["info", "--format", "{{.ServerVersion}}"], { encoding: "utf8" });
    if (engine.error !== undefined || engine.status !== 0) {
      const why = engine.error?.message ?? engine.stderr.trim();
      throw new Error(`npm run test:docker needs a Docker engine that answers; docker info says: ${why}`);
    }
    const found = [["docker", "compose"], ["docker-compose"]].find(
      ([program = "", ...args]) => spawnSync(program, [...args, "version"]).status === 0,
    );
    if (found === undefined) {
      throw new Error("npm run test:docker needs Compose: neither docker compose nor docker-compose answers");
    }
    this.#command = found;
  }

  /** `docker compose ARGS` in docker/, to its end. */
  run(...args: readonly string[]): Promise<Ended> {
    const [program = "", ...before] = this.#command;
    return execute(program, [...before, "--project-name", this.project, ...args]);
  }

  /** As `run`; throws with all that was said where it fails. */
  async must(...args: readonly string[]): Promise<string> {
    const ended = await this.run(...args);
    if (ended.code !== 0)
      throw new Error(`${args.join(" ")}: exit ${ended.code}\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  }

  /** Ids of a service's containers. */
  async containers(service: string): Promise<string[]> {
    return (await this.must("ps", "-q", service)).split("\n").filter(Boolean);
  }
}

/** One value of a container, as `docker inspect --format`. */
export async function inspect(container: string, format: string): Promise<string> {
  const { code, stdout, stderr } = await execute("docker", ["inspect", "--format", format, container]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** `docker exec`, which unlike Compose's takes one container of several. */
export async function execIn(container: string, ...command: readonly string[]): Promise<Ended> {
  return execute("docker", ["exec", container, ...command]);
}

function execute(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: DOCKER_FOLDER, maxBuffer: 50_000_000 };
    execFile(program, args, options, (error: ExecFileException | null, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr: error === null || stderr !== "" ? stderr : error.message });
    });
  });
}
