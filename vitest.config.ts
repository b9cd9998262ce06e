import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Tests read the packages' sources (the private export condition), so they need no build;
// those that start rr-submit or rr-worker as a process need one: `npm test` builds first. `import` is not among the
// conditions: Node would take it for `require` as well, and pg's parts would get each other's wrong build.
const conditions = ["rr-source", "node", "module", "default"];

/** Unit tests that start shells, fuzz, measure or read 50 MB: too slow for `npm run check`, a part of `npm test`. */
const heavy = "packages/*/test/**/*.heavy.test.ts";

/**
 * Integration tests that measure memory, time or a rate of their own: one after another, when nothing else
 * runs.
 */
const alone = [
  "test/gearman/{connection-life,memory,throughput}.test.ts",
  "test/doors/crowds.test.ts",
  "test/limits/**/*.test.ts",
  "test/reporters/board.test.ts",
  "test/ssh/{channels,held-connections}.test.ts",
];

/** Short files that take half a minute and more: after all others the last of them would run alone. Else the larger files are first. */
const LONG = [
  "docs/tutorial",
  "faults/seeds",
  "gearman/proxy",
  "integration/detach-demo",
  "integration/perl-server",
  "integration/shop-demos",
  "integration/silent-worker",
  "integration/sudden-death",
  "packages/tarballs",
  "remote/hidden-processes",
  "remote/host-waits",
  "remote/kill-race",
  "remote/login-shells",
  "remote/strays",
  "security/random-worker",
  "semantics/bad-worker",
  "takeover/seeds",
].map((name) => `/test/${name}.test.ts`);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((path) => moduleId.endsWith(path));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ["default", "./scripts/closing-line-reporter.js"],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "test/borders/**/*.test.ts"],
          exclude: [heavy],
          // They are pure: what a file loads may serve the next one.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "heavy",
          include: [heavy],
          // Vitest leaves one core free for who waits; nobody does.
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: [
            "test/{coordinator,docs,doors,faults,gearman,health,integration,packages,packaging,remote,reporters,security,semantics,ssh,takeover}/**/*.test.ts",
          ],
          exclude: alone,
          // Starting a process and loading all anew costs half a second of processor a file. A file leaves nothing behind:
          // failOnLeftovers.
          isolate: false,
          // They wait more than they compute: for timeouts, keep-alives, processes. More files at once than cores.
          maxWorkers: 4,
          // Of one file, those that say that they may run side by side: all of them.
          maxConcurrency: 30,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: alone,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        // Measures, tests nothing: `npm run bench`, not a part of `npm test`.
        test: { name: "bench", include: ["test/bench/**/*.measure.ts"] },
      },
      {
        extends: true,
        // Needs a Docker engine and builds images: `npm run test:docker`, not a part of `npm test`.
        test: { name: "docker", include: ["test/docker/**/*.test.ts"], testTimeout: 300_000 },
      },
    ],
  },
});
