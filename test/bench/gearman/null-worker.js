// node null-worker.js raw|adapter PORT: answers null jobs of the function "null" until it is killed.
import { connect } from "node:net";
import { GearmanWorker, Places } from "@roadrunner/core/gearman";
import { onPackets, packet, TYPE } from "./raw-packets.js";

const [make, port] = [process.argv[2], Number(process.argv[3])];

function rawWorker() {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => {
    socket.write(packet(TYPE.CAN_DO, "null"));
    socket.write(packet(TYPE.GRAB_JOB_UNIQ));
  });
  onPackets(socket, (type, data) => {
    if (type === TYPE.NOOP) socket.write(packet(TYPE.GRAB_JOB_UNIQ));
    if (type === TYPE.NO_JOB) socket.write(packet(TYPE.PRE_SLEEP));
    if (type !== TYPE.JOB_ASSIGN_UNIQ) return;
    const handle = data.toString("latin1", 0, data.indexOf(0));
    socket.write(packet(TYPE.WORK_COMPLETE, `${handle}\0`));
    socket.write(packet(TYPE.GRAB_JOB_UNIQ));
  });
}

function adapterWorker() {
  new GearmanWorker({
    servers: [{ host: "127.0.0.1", port }],
    clientId: "bench",
    functions: [{ name: "null", handler: async () => "" }],
    places: new Places(100),
    onUndeliverable: () => {},
    onHandlerError: () => "",
  }).start();
}

if (make === "raw") rawWorker();
else adapterWorker();
