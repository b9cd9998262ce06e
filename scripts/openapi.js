// Writes docs/openapi.json, the description of rr-coordinator's API, from the schemas with which it reads and answers.
// `npm run build` before it; a test holds the file to them.
import { writeFileSync } from "node:fs";
import { openApi } from "../packages/coordinator/dist/server/described/openapi.js";

const PAGE = new URL("../docs/openapi.json", import.meta.url);

writeFileSync(PAGE, `${JSON.stringify(openApi(), undefined, 2)}\n`);
