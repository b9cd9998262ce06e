/** Host expressions by themselves, for what loads neither the schemas nor the parsers of files. */
export { expandHosts } from "./expand/expand-hosts.ts";
