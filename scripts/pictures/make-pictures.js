// Makes docs/pictures/: the live board and the HTML report of a real run, on the lab's hosts, on this machine only.
// Build first (npm run build); it needs script (bsdutils) and chromium: node scripts/install-test-programs.js
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import xterm from "@xterm/headless";
import { chromium } from "playwright-core";
import { startLab } from "../../examples/lab/dist/lab.js";
import { screenHtml } from "./screen-html.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RR_SUBMIT = join(ROOT, "packages/flow-client/bin/rr-submit.js");
/** The flow lies beside this file; its bare name stands in the pictures. */
const HERE = fileURLToPath(new URL(".", import.meta.url));
const FLOW = "deploy.json";
const PICTURES = join(ROOT, "docs/pictures");
const SIZE = { cols: 100, rows: 18 };
/** Which moment of the board is kept: about half of the second slot. */
const HALF = /▶ restart .* (4\d|5\d) ok, needs 90/;

const names = (prefix, count) => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

async function main() {
  mkdirSync(PICTURES, { recursive: true });
  const lab = await startLab({
    hosts: [...names("db", 10), ...names("api", 6), ...names("fe", 100), ...names("cache", 12)],
    failing: ["db7", "fe13", "fe31"],
  });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    const env = {
      ...process.env,
      XDG_STATE_HOME: join(lab.dir, "state"),
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
    };
    delete env.CI;
    const board = await record(lab, env);
    await shoot(browser, lab, screenHtml(board), join(PICTURES, "board.png"), "#screen");
    const page = join(lab.dir, "report.html");
    const made = spawnSync(process.execPath, [RR_SUBMIT, "report", "last", "--html", page], {
      env,
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(made.stderr);
    await shootReport(browser, page);
  } finally {
    await browser.close();
    await lab.stop();
  }
}

/** Runs the flow on a pseudo-terminal and gives the terminal as it stood at the moment that is kept. */
async function record(lab, env) {
  const args = [RR_SUBMIT, FLOW, "--local", "--yes", "--ssh-config", lab.sshConfig];
  args.push("--known-hosts", lab.knownHosts, "--identity", lab.identity);
  const command = `stty cols ${SIZE.cols} rows ${SIZE.rows}; exec ${[process.execPath, ...args].join(" ")}`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    env,
    cwd: HERE,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true, convertEol: false });
  let kept;
  for await (const chunk of child.stdout) {
    await new Promise((resolve) => {
      terminal.write(chunk, resolve);
    });
    if (kept === undefined && HALF.test(textOf(terminal))) kept = cellsOf(terminal);
  }
  if (kept === undefined) throw new Error(`the moment for the picture never came:\n${textOf(terminal)}`);
  return kept;
}

function textOf(terminal) {
  const { active } = terminal.buffer;
  return Array.from({ length: SIZE.rows }, (_, row) =>
    active.getLine(active.baseY + row)?.translateToString(true),
  ).join("\n");
}

/** The screen as rows of cells, each with its character and its look. */
function cellsOf(terminal) {
  const { active } = terminal.buffer;
  return Array.from({ length: SIZE.rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({ length: SIZE.cols }, (_unused, column) => {
      const cell = line.getCell(column);
      return {
        text: cell.getChars() || " ",
        colour: cell.isFgDefault() ? undefined : cell.getFgColor(),
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
      };
    });
  });
}

async function shoot(browser, lab, html, file, selector) {
  const source = join(lab.dir, "screen.html");
  writeFileSync(source, html);
  const page = await browser.newPage({ deviceScaleFactor: 2 });
  await page.goto(pathToFileURL(source).href);
  await page.locator(selector).screenshot({ path: file });
  await page.close();
}

async function shootReport(browser, source) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 }, colorScheme: "light" });
  await page.goto(pathToFileURL(source).href);
  await page.screenshot({ path: join(PICTURES, "report.png") });
  await page.close();
}

await main();
