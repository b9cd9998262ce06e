import { createHash } from "node:crypto";
import type { RunStory } from "@roadrunner/engine/story";
import { pageData } from "./page-data.ts";
import type { Whose } from "./report-text.ts";

/** The page's own parts, from the folder page/. */
export interface PageParts {
  readonly script: string;
  readonly css: string;
}

/**
 * A run as one page that needs nothing else: no network, no server, no build. The policy in its head lets exactly its
 * own script and style run, by their hashes; the data is JSON that the script writes into the page as text.
 */
export function htmlReport(record: RunStory, { script, css }: PageParts, { principal }: Whose = {}): string {
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(css)}'; base-uri 'none'; form-action 'none'`;
  const data = JSON.stringify(pageData(record, principal)).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Roadrunner ${record.run.replaceAll(/[^\w-]/g, "")}</title>
<style>${css}</style>
</head>
<body>
<main id="report"><noscript>This report is drawn by its own script; it loads nothing else. Please allow it.</noscript></main>
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
