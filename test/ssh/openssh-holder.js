// Holds a host by the box's own ssh, with a command that runs there; killed by its test.
import { createSshHosts } from "../../packages/worker/dist/ssh/hosts.js";

const [config, host] = process.argv.slice(2);
const hosts = createSshHosts({ sshConfigFiles: [config], transport: "openssh" });
const lease = await hosts.connect({ host, connectTimeoutMs: 60_000 });
if (!lease.ok) throw new Error(lease.error.message);
const channel = await lease.value.exec("echo $$; exec cat");
if (!channel.ok) throw new Error(channel.error.message);
channel.value.onData((_, chunk) => void process.stdout.write(chunk));
