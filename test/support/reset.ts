import type { Socket } from "node:net";

/** RST, as a crashed machine or a firewall sends it: without the FIN that resetAndDestroy() sends before it. */
export function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
