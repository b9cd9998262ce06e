export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request to a worker's metrics port. */
export async function ask(port: number, path: string, method = "GET"): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { connection: "close" },
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, text: await response.text() };
}

/** The value of one sample, named as Prometheus' text format has it; fails where it is not there. */
export function sample(metrics: string, name: string): number {
  const line = metrics.split("\n").find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no ${name} in:\n${metrics}`);
  return Number(line.slice(name.length + 1));
}
