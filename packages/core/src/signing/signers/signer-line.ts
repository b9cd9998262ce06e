import { fail, succeed, type Result } from "../../errors.ts";

interface SignerLineParts {
  readonly principals: string;
  /** As written; empty where there are none. */
  readonly options: string;
  readonly keyType: string;
  readonly keyText: string;
}

const KEY_TYPE = /^(?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+$/;

/** `principals [options] keytype key [comment]`: principals may stand in quotes, options hold quoted values. */
export function splitSignerLine(line: string): Result<SignerLineParts, string> {
  const first = /^(?:"([^"]*)"|([^ \t"]+))[ \t]+(.*)$/.exec(line);
  if (first === null) return fail("it needs principals, a key type and a key");
  const principals = first[1] ?? first[2] ?? "";
  if (principals.split(",").some((one) => one === "" || one === "!"))
    return fail("its principals have an empty item");
  let rest = first[3] ?? "";
  let options = "";
  if (!KEY_TYPE.test(rest.split(/[ \t]/)[0] ?? "")) {
    const end = endOfOptions(rest);
    if (end === undefined) return fail("a quote in its options is not closed");
    options = rest.slice(0, end);
    rest = rest.slice(end).replace(/^[ \t]+/, "");
  }
  const [keyType, keyText] = rest.split(/[ \t]+/);
  if (keyType === undefined || keyType === "" || keyText === undefined || keyText === "")
    return fail("it has no key");
  if (!KEY_TYPE.test(keyType)) return fail(`${JSON.stringify(keyType.slice(0, 60))} is no key type`);
  return succeed({ principals, options, keyType, keyText });
}

/** Where the first white space outside quotes is; undefined where a quote is open at the end. */
function endOfOptions(text: string): number | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\" && text[at + 1] === '"') at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && (text[at] === " " || text[at] === "\t")) return at;
  }
  return quoted ? undefined : text.length;
}
