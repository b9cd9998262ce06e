// A ProxyCommand: joins its stdin and stdout with HOST PORT; says on stderr what it was given.
import { createConnection } from "node:net";

const [host, port] = process.argv.slice(2);
process.stderr.write(`${process.argv.slice(2).join(" ")}\n`);
const socket = createConnection({ host, port: Number(port) });
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("close", () => process.exit());
