import type { ConfigLine } from "./config-line.ts";

/**
 * What we do about a directive of ssh_config:
 * `honoured`: as OpenSSH does; `elsewhere`: it changes where or as whom we connect, or whom we trust, and we
 * cannot do it, so the host is not connected to; `told`: left out, with a warning; `silent`: it has nothing
 * to do with running a command, or leaving it out only makes us stricter.
 */
export type Treatment = "honoured" | "elsewhere" | "told" | "silent";

const HONOURED = `addressfamily bindaddress ciphers connecttimeout globalknownhostsfile hashknownhosts host hostkeyalgorithms
  hostkeyalias hostname identitiesonly identityagent identityfile ignoreunknown include kbdinteractiveauthentication kexalgorithms macs match
  passwordauthentication port preferredauthentications proxycommand proxyjump pubkeyacceptedalgorithms
  pubkeyauthentication requiredrsasize
  serveralivecountmax serveraliveinterval stricthostkeychecking user userknownhostsfile`;

const ELSEWHERE = `bindinterface canonicalizehostname proxyusefdpass refuseconnection remotecommand revokedhostkeys`;

const TOLD = `certificatefile dynamicforward forwardagent forwardx11 hostbasedauthentication
  knownhostscommand localcommand localforward nohostauthenticationforlocalhost pkcs11provider rekeylimit
  remoteforward sendenv setenv tag
  tunnel`;

const SILENT = `addkeystoagent afstokenpassing batchmode canonicaldomains canonicalizefallbacklocal
  canonicalizemaxdots canonicalizepermittedcnames casignaturealgorithms channeltimeout checkhostip cipher
  clearallforwardings compression compressionlevel connectionattempts controlmaster controlpath
  controlpersist enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fallbacktorsh
  fingerprinthash forkafterauthentication forwardx11timeout forwardx11trusted gatewayports
  globalknownhostsfile2 gssapiauthentication gssapiclientidentity gssapidelegatecredentials
  gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns
  hostbasedacceptedalgorithms ipqos kbdinteractivedevices kerberosauthentication kerberostgtpassing loglevel
  logverbose numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen protocol
  protocolkeepalives requesttty rhostsauthentication rhostsrsaauthentication
  rsaauthentication securitykeyprovider sessiontype setuptimeout stdinnull streamlocalbindmask
  streamlocalbindunlink syslogfacility tcpkeepalive tunneldevice updatehostkeys useblacklistedkeys
  useprivilegedport userknownhostsfile2 useroaming usersh verifyhostkeydns versionaddendum visualhostkey
  warnweakcrypto xauthlocation`;

const words = (text: string) => text.split(/\s+/);
const TREATMENTS: ReadonlyMap<string, Treatment> = new Map([
  ...words(HONOURED).map((word) => [word, "honoured"] as const),
  ...words(ELSEWHERE).map((word) => [word, "elsewhere"] as const),
  ...words(TOLD).map((word) => [word, "told"] as const),
  ...words(SILENT).map((word) => [word, "silent"] as const),
]);

/** Other names of a directive, as OpenSSH still takes them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["challengeresponseauthentication", "kbdinteractiveauthentication"],
  ["dsaauthentication", "pubkeyauthentication"],
  ["hostbasedkeytypes", "hostbasedacceptedalgorithms"],
  ["identityfile2", "identityfile"],
  ["pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"],
  ["skeyauthentication", "kbdinteractiveauthentication"],
  ["smartcarddevice", "pkcs11provider"],
  ["tisauthentication", "kbdinteractiveauthentication"],
]);

/** The directive's own name: in lower case, aliases resolved. */
export function keywordOf(word: string): string {
  const lower = word.toLowerCase();
  return ALIASES.get(lower) ?? lower;
}

/** Undefined: no version of OpenSSH that we know has such a directive. */
export function treatmentOf(keyword: string): Treatment | undefined {
  return TREATMENTS.get(keyword);
}

/** Values with which a directive does nothing, so that there is nothing to honour. */
export function isInert(line: ConfigLine): boolean {
  const value = line.args[0]?.toLowerCase() ?? line.rest.trim().toLowerCase();
  if (value === "none" || value === "no" || value === "false") return true;
  if (line.keyword === "rekeylimit") return value === "default" && (line.args[1] ?? "none") === "none";
  // Debian's own ssh_config has it; the remote program sets its environment itself.
  return line.keyword === "sendenv" && line.args.every((name) => /^(LANG|LANGUAGE|LC_.*)$/.test(name));
}
