import type { Login } from "../parse/parse-operand.ts";
import type { HostSource } from "./host-set.ts";

/** What is known of hosts, by their names. */
export type LabelledHosts = ReadonlyMap<
  string,
  { readonly labels?: Readonly<Record<string, string>> | undefined }
>;

/** Where the hosts stand that have a label, by its value; ascending. */
type ByValue = ReadonlyMap<string, readonly number[]>;

/** What there is of one label, for whoever asked for another value of it. */
interface KnownValues {
  readonly inOrder: readonly string[];
  readonly byLowerCase: ReadonlyMap<string, string>;
}

/** Hosts in their order, and how they are found by their labels: each is looked at once for all of these. */
export class LabelledMembers {
  readonly names: string[] = [];
  readonly logins: Login[] = [];
  readonly isDistinct: boolean;
  readonly #labels: HostLabels;
  readonly #values = new Map<string, KnownValues>();
  #byLabel: ReadonlyMap<string, ByValue> | undefined;

  constructor(source: HostSource, labels: HostLabels) {
    this.#labels = labels;
    this.isDistinct = source.isDistinct;
    source.each((name, login) => {
      this.names.push(name);
      this.logins.push(login);
      return true;
    });
  }

  /** By each label that any of them has. */
  get byLabel(): ReadonlyMap<string, ByValue> {
    this.#byLabel ??= this.#index();
    return this.#byLabel;
  }

  #index(): ReadonlyMap<string, ByValue> {
    const byLabel = new Map<string, Map<string, number[]>>();
    for (const [place, name] of this.names.entries())
      for (const [label, value] of Object.entries(this.#labels.of(name))) {
        const byValue = byLabel.get(label) ?? new Map<string, number[]>();
        byLabel.set(label, byValue);
        const places = byValue.get(value);
        if (places === undefined) byValue.set(value, [place]);
        else places.push(place);
      }
    return byLabel;
  }

  /** Numbers in them count as numbers. */
  valuesOf(label: string): KnownValues {
    const known = this.#values.get(label);
    if (known !== undefined) return known;
    const values = [...(this.byLabel.get(label)?.keys() ?? [])];
    const inOrder = values.toSorted(new Intl.Collator("en", { numeric: true }).compare);
    const found = { inOrder, byLowerCase: new Map(values.map((value) => [value.toLowerCase(), value])) };
    this.#values.set(label, found);
    return found;
  }
}

/** The labels of all hosts. What they choose from is put in order once, however many expressions choose from it. */
export class HostLabels {
  readonly #hosts: LabelledHosts;
  readonly #members = new WeakMap<object, Map<string, LabelledMembers>>();
  #names: ReadonlySet<string> | undefined;

  constructor(hosts: LabelledHosts) {
    this.#hosts = hosts;
  }

  of(host: string): Readonly<Record<string, string>> {
    return this.#hosts.get(host)?.labels ?? NONE;
  }

  valueOf(host: string, label: string): string | undefined {
    const labels = this.of(host);
    return Object.hasOwn(labels, label) ? labels[label] : undefined;
  }

  /** Those that any host has. */
  get names(): ReadonlySet<string> {
    this.#names ??= new Set([...this.#hosts.values()].flatMap(({ labels = {} }) => Object.keys(labels)));
    return this.#names;
  }

  /** Of what was chosen from before. */
  membersOf({ groups, ...place }: Chosen): LabelledMembers | undefined {
    return this.#members.get(groups)?.get(keyOf(place));
  }

  keep({ groups, ...place }: Chosen, members: LabelledMembers): void {
    const known = this.#members.get(groups) ?? new Map<string, LabelledMembers>();
    this.#members.set(groups, known.set(keyOf(place), members));
  }
}

const NONE = {};

/** Groups that hosts were chosen from. */
interface Chosen {
  /** With which the expression was read. */
  readonly groups: object;
  /** `@web` */
  readonly written: string;
  /** What may be empty is not what must not be, where the groups choose by labels themselves. */
  readonly allowEmpty: boolean;
}

function keyOf({ written, allowEmpty }: Omit<Chosen, "groups">): string {
  return `${written}${allowEmpty ? " or none" : ""}`;
}
