import type { Login } from "../parse/parse-operand.ts";
import type { HostSource } from "./host-set.ts";

/** What is known of hosts, by their names. */
export type LabelledHosts = ReadonlyMap<
  string,
  { readonly labels?: Readonly<Record<string, string>> | undefined }
>;

/** Where hosts of a group stand in it, by the value of one label. */
export interface LabelIndex {
  readonly byValue: ReadonlyMap<string, readonly number[]>;
  readonly without: readonly number[];
}

/** Hosts in their order, and how they are found by their labels. */
export class LabelledMembers {
  readonly names: string[] = [];
  readonly logins: Login[] = [];
  readonly isDistinct: boolean;
  readonly #indexes = new Map<string, LabelIndex>();
  readonly #labels: HostLabels;

  constructor(source: HostSource, labels: HostLabels) {
    this.#labels = labels;
    this.isDistinct = source.isDistinct;
    source.each((name, login) => {
      this.names.push(name);
      this.logins.push(login);
      return true;
    });
  }

  index(label: string): LabelIndex {
    const known = this.#indexes.get(label);
    if (known !== undefined) return known;
    const byValue = new Map<string, number[]>();
    const without: number[] = [];
    for (const [place, name] of this.names.entries()) {
      const value = this.#labels.valueOf(name, label);
      const places = value === undefined ? without : byValue.get(value);
      if (places !== undefined) places.push(place);
      else if (value !== undefined) byValue.set(value, [place]);
    }
    const index = { byValue, without };
    this.#indexes.set(label, index);
    return index;
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

  valueOf(host: string, label: string): string | undefined {
    const labels = this.#hosts.get(host)?.labels;
    return labels !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
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
