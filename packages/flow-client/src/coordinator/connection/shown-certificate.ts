import { isIP } from "node:net";
import { connect } from "node:tls";
import type { ShownCertificate } from "./tls-fault.ts";

const WITHIN_MS = 3000;
/** Of a name that a stranger chose. */
const MOST_CHARACTERS = 200;

/**
 * The certificate of a server that was not trusted, for what is told of it: by a connection of its own, over which
 * nothing is said. Undefined: it shows none.
 */
export function shownCertificate(host: string, port: number): Promise<ShownCertificate | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host, port, rejectUnauthorized: false },
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const done = (shown: ShownCertificate | undefined): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(shown);
    };
    const late = setTimeout(() => done(undefined), WITHIN_MS);
    socket.on("error", () => done(undefined));
    socket.once("secureConnect", () => {
      const shown = socket.getPeerX509Certificate();
      if (shown === undefined) return done(undefined);
      const { issuer, subject, subjectAltName, validFrom, validTo } = shown;
      done({
        issuer: oneLine(issuer),
        subject: oneLine(subject),
        names: namesOf(subjectAltName),
        validFromMs: Date.parse(validFrom),
        validToMs: Date.parse(validTo),
      });
    });
  });
}

/** `DNS:a, IP Address:10.0.0.7` → `a`, `10.0.0.7`. */
function namesOf(text: string | undefined): readonly string[] {
  const parts = (text ?? "").split(", ").flatMap((part) => /^(?:DNS|IP Address):(.+)$/.exec(part)?.[1] ?? []);
  return parts.map(oneLine);
}

function oneLine(text: string | undefined): string {
  const line = (text ?? "").split("\n").join(", ");
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}
