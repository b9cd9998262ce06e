import { LABEL_VALUE, LABEL_VALUE_RULE } from "../../hosts/parse/label-text.ts";
import { foldShown } from "../fold-shown.ts";
import type { PlanNote } from "../plan-note.ts";
import { quote } from "../source/visible.ts";

type Vars = Readonly<Record<string, unknown>>;

/** Takes those variables of hosts as labels that `--labels` names. */
export class AnsibleLabels {
  /** Of all hosts, the names of their variables. */
  readonly variables = new Set<string>();
  readonly #names: readonly string[];
  /** By the name of a label and what is wrong with its values. */
  readonly #unusable = new Map<
    string,
    { readonly name: string; readonly why: string; readonly hosts: string[] }
  >();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Undefined: it has none. */
  of(host: string, vars: Vars): Readonly<Record<string, string>> | undefined {
    if (this.#names.length === 0) return undefined;
    for (const variable of Object.keys(vars)) this.variables.add(variable);
    const labels: (readonly [string, string])[] = [];
    for (const name of this.#names) {
      const value = Object.hasOwn(vars, name) ? vars[name] : undefined;
      if (value === undefined || value === null) continue;
      const text = typeof value === "number" || typeof value === "boolean" ? `${value}` : value;
      if (typeof text === "string" && LABEL_VALUE.test(text)) labels.push([name, text]);
      else this.#refuse(name, host, value);
    }
    return labels.length === 0 ? undefined : Object.fromEntries(labels);
  }

  #refuse(name: string, host: string, value: unknown): void {
    const isText = typeof value === "string";
    const why = isText && value.includes("{{") ? TEMPLATE : `${quote(value)} is no value of a label`;
    const key = `${name} ${isText && why !== TEMPLATE ? "" : why}`;
    const before = this.#unusable.get(key);
    if (before === undefined)
      this.#unusable.set(key, {
        name,
        why: isText && why !== TEMPLATE ? `${why}; it must be ${LABEL_VALUE_RULE}` : why,
        hosts: [host],
      });
    else before.hosts.push(host);
  }

  notes(file: string): readonly PlanNote[] {
    return [...this.#unusable.values()].map(({ name, why, hosts }) => {
      const message = `the variable ${name} of ${foldShown(hosts)} in ${file} is not taken as a label: ${why}`;
      return { kind: "inventory", warning: false, message };
    });
  }
}

const TEMPLATE = "a template is not filled in here";
