import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChild } from "./child-program.ts";
import { findFreePort } from "./free-port.ts";
import { findProgram } from "./programs.ts";
import { makeTempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

export interface Prometheus {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  /** Ends it; what it has kept goes with it. */
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus that scrapes `target`, "host:port", several times a second; returns when it has what `query`
 * asks for.
 */
export async function startPrometheus(target: string, query: string): Promise<Prometheus> {
  const temp = makeTempDir("prometheus");
  const host = `127.0.0.1:${await findFreePort()}`;
  const config = join(temp.path, "prometheus.yml");
  const scrapes = [{ job_name: "site", static_configs: [{ targets: [target] }] }];
  const times = { scrape_interval: "500ms", scrape_timeout: "400ms" };
  // JSON is YAML as well.
  writeFileSync(config, JSON.stringify({ global: times, scrape_configs: scrapes }));
  const child = startChild(findProgram("prometheus"), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(temp.path, "data")}`,
    `--web.listen-address=${host}`,
  ]);
  const stop = async () => {
    await child.stop();
    temp.remove();
  };
  try {
    await until(
      "Prometheus to have scraped",
      async () => {
        if (!child.running) throw new Error(`Prometheus ended:\n${child.output()}`);
        return hasData(host, query);
      },
      { lastSeen: () => child.output() },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, stop };
}

async function hasData(host: string, query: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${host}/api/v1/query?query=${encodeURIComponent(query)}`);
    const answer = (await response.json()) as { readonly data?: { readonly result?: readonly unknown[] } };
    return (answer.data?.result ?? []).length > 0;
  } catch {
    return false;
  }
}
