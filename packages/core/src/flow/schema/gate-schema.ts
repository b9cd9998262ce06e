import { z } from "zod";
import { GATE_DEFAULTS } from "../defaults.ts";
import { parseDuration } from "../duration.ts";
import { duration, hostExpression, positiveDuration, SHARED_FIELDS } from "./job-fields.ts";
import { takesParam } from "./param-places.ts";
import {
  explainedBy,
  mustBe,
  NAME_PATTERN,
  NAME_RULE,
  oneOf,
  POOL_PATTERN,
  POOL_RULE,
  textOf,
} from "./text-fields.ts";
import { parseServerUrl, parseUrl } from "./url-text.ts";
import { withoutDefaults } from "./without-defaults.ts";

export const MOST_GATES = 20;

/** What a question to a worker can carry. */
const MOST_QUERY = 65_536;

const bound = () => takesParam("number", z.number(mustBe("a number"))).optional();

function url(parse: typeof parseUrl, example: string) {
  const saying = explainedBy(parse, `an address such as "${example}"`);
  return takesParam(
    "text",
    z.string(saying).refine((text) => parse(text).ok, saying),
  );
}

function atLeastASecond() {
  const saying = mustBe('at least a second, such as "30s"');
  const field = duration().refine((written) => {
    const parsed = parseDuration(written);
    // What is no duration at all is told already.
    return !parsed.ok || parsed.value >= 1000;
  }, saying);
  return takesParam("duration", field);
}

const QUERY = mustBe("a query of PromQL, such as 'histogram_quantile(0.99, …)'");
const FAILURES = mustBe("a whole number, 1 to 100");
const STATUS = mustBe("an HTTP status, 100 to 599");
const TOKEN = "the name of a file that the workers keep in --secrets-dir (1 to 40 letters, digits, _ . or -)";

const BOUNDS = {
  max: bound().meta({ description: "Of prometheus: it passes while the value is at most this." }),
  min: bound().meta({ description: "Of prometheus: it passes while the value is at least this." }),
  token: textOf(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$/, TOKEN)
    .optional()
    .meta({
      description:
        "Of prometheus and http: the name of a file that the workers keep in --secrets-dir; its text is sent as bearer token.",
    }),
};

const { user, become, env, secretEnv, shell, cwd, okCodes, connectTimeout } = SHARED_FIELDS;

/** Of a check alone. */
export const OF_CHECK = {
  at: hostExpression().optional().meta({ description: "Of a check: the one host at which it is run." }),
  ...withoutDefaults({ user, become, env, secretEnv, shell, cwd, connectTimeout }),
  okCodes,
};

/** A question about the site. */
export const Gate = z
  .strictObject(
    {
      name: textOf(NAME_PATTERN, NAME_RULE).optional().meta({
        description: "Unique in the job. Default: gate-N.",
      }),
      prometheus: z
        .strictObject(
          {
            url: url(parseServerUrl, "http://prometheus:9090").meta({
              description: "The server's address, without /api/v1/query.",
            }),
            query: takesParam(
              "text",
              z
                .string(QUERY)
                .regex(/\S/, QUERY)
                .max(MOST_QUERY, mustBe(`at most ${MOST_QUERY} characters`)),
            ).meta({ description: "In PromQL; its result is one value." }),
            ...BOUNDS,
          },
          mustBe('{ url: "http://prometheus:9090", query: "…" }'),
        )
        .optional()
        .meta({
          description:
            "It passes while the query's one value is within max and min; no value, several or NaN are inconclusive.",
        }),
      http: url(parseUrl, "http://shop/health").optional().meta({
        description: "It passes while this address answers with the status.",
      }),
      check: z.string(mustBe("a shell command line")).optional().meta({
        description: "A shell command line, run at the host that at names: it passes while that ends ok.",
      }),
      ...BOUNDS,
      status: z.int(STATUS).min(100, STATUS).max(599, STATUS).optional().meta({
        description: "Of http: the status that passes.",
        default: GATE_DEFAULTS.status,
      }),
      ...OF_CHECK,
      every: atLeastASecond().optional().meta({
        description: "From one time that it is asked to the next.",
        default: GATE_DEFAULTS.every,
      }),
      failures: z.int(FAILURES).min(1, FAILURES).max(100, FAILURES).optional().meta({
        description: "So many fails, with no pass between them, and the gate has failed.",
        default: GATE_DEFAULTS.failures,
      }),
      timeout: positiveDuration().optional().meta({
        description: "Longest time of one answer. Default: 10s, of a check 30s.",
      }),
      pool: textOf(POOL_PATTERN, POOL_RULE).optional().meta({
        description:
          "Workers of this pool ask it. Default: that of defaults, of a check first that of the inventory.",
      }),
    },
    mustBe("a gate in { }"),
  )
  // For editors; to loadFlow a rule of its own says it better.
  .meta({ oneOf: [{ required: ["prometheus"] }, { required: ["http"] }, { required: ["check", "at"] }] });

/** What a job says of its gates. */
export const GATE_FIELDS = {
  gates: z
    .array(Gate, mustBe("a list of gates"))
    .min(1, mustBe("at least one gate"))
    .max(MOST_GATES, mustBe(`at most ${MOST_GATES} gates`))
    .optional()
    .meta({
      description:
        "Questions about the site, asked before the first host, between steps, while hosts run and after the last one. The job goes on only while all of them pass.",
    }),
  bake: duration().optional().meta({
    description: "So long the gates are watched after the last host of each step, and of the job.",
    default: GATE_DEFAULTS.bake,
  }),
  onGateFail: oneOf(["stop", "hold"]).optional().meta({
    description:
      "What a gate that fails does. stop: the job fails. hold: no further host is taken until somebody says go on.",
    default: GATE_DEFAULTS.onGateFail,
  }),
};

export type WrittenGate = z.infer<typeof Gate>;
