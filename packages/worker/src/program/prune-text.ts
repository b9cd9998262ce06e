/** Records are kept for a month. */
const DAYS = 30;

/**
 * Removes old records that have an end, and old leavings of scripts; a record without an end only if it is
 * of another boot, so that nothing can live of it. Only files of our form of name: the directory may be any
 * that was named. Runs after the end mark, so nobody waits for it.
 */
export const PRUNE_TEXT = `( exec </dev/null >/dev/null 2>&1;cd "$rrD"||exit
find . ! -name . -prune -type f -mtime +${DAYS}|{ rrm=
while read -r rrf;do case $rrf in *[!a-zA-Z0-9._/-]*)continue;;./s-${"?".repeat(16)}*-*)rrx=end;;./${"?".repeat(26)}.[0-9]*)rrx= rrL=
{ read -r rrx rrv;read -r rrL;} <"$rrf";;*)continue;;esac
case $rrx in running)set -- $rrL;[ "$4" ]&&[ "$4" != "$rrB" ]||continue;;end|tim|can|withdrawn|'');;*)continue;;esac
rrm="$rrm $rrf";[ \${#rrm} -lt 30000 ]||{ rm -f $rrm;rrm=;};done
[ -z "$rrm" ]||rm -f $rrm;};)
`;
