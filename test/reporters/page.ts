import { writeFileSync } from "node:fs";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import type { RunEvent } from "@roadrunner/core";
import { htmlReport } from "../../packages/flow-client/src/reporters/report/html-report.ts";
import { RunStory } from "@roadrunner/engine/story";
import { findProgram } from "../support/programs.ts";
import type { TempDir } from "../support/temp-dir.ts";

/** Debian's Chromium, without a window and without a network. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findProgram("chromium"),
    // The tests run as root, where Chromium's sandbox does not start.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

export function reportPage(events: readonly RunEvent[]): string {
  const read = (name: string) =>
    readFileSync(new URL(`../../packages/flow-client/page/${name}`, import.meta.url), "utf8");
  return htmlReport(RunStory.of(events), { script: read("report.js"), css: read("report.css") });
}

export interface OpenPage {
  readonly page: Page;
  /** What the page complained of, and every request that it tried. */
  readonly complaints: string[];
}

export async function openPage(
  browser: Browser,
  temp: TempDir,
  html: string,
  options: { readonly dark?: boolean; readonly width?: number } = {},
): Promise<OpenPage> {
  const file = join(temp.path, "report.html");
  writeFileSync(file, html);
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.dark === true ? "dark" : "light",
  });
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) complaints.push(`request of ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}
