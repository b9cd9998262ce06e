import { expect, test } from "vitest";
import { stripShell } from "../../../src/program/shell/strip.ts";

test.each([
  ["# a comment\n\n  echo a # another\n", "echo a"],
  ["f() {\n  a\n\n  # why\n  b\n}\n", "f(){\na\nb\n}"],
  ["f() { a; b; }", "f(){ a;b;}"],
  ["[ -e x ] || [ -L x ] && y", "[ -e x ]||[ -L x ]&&y"],
  ["a &&\n  b\n", "a&&b"],
  ["a \\\n  b", "a b"],
  ["case $x in\n  a | '') b ;;\n  *) ;;\nesac", "case $x in\na|'')b;;*);;esac"],
  ["case $x in a) b ;; esac", "case $x in a)b;esac"],
  ["(\n  a\n  b\n) &\nc", "(a\nb)&c"],
  ["( (a) )", "( (a))"],
  // A number before it would be taken for a descriptor.
  ["echo 1 >x", "echo 1 >x"],
  ["echo x 2>/dev/null >y", "echo x 2>/dev/null>y"],
  ["{ a; } >x", "{ a;} >x"],
  ["echo 'a  b # c' \"d  # $e\"", "echo 'a  b # c' \"d  # $e\""],
  ["x=${y##*\\) } z=${#y} w=$#", "x=${y##*\\) } z=${#y} w=$#"],
  ["x='' y='word' z='two words'", "x= y=word z='two words'"],
  ["x=$((a + ${b:-0} - 1))", "x=$((a+${b:-0}-1))"],
  ["x=${y:-$(id -un)} z", "x=${y:-$(id -un)} z"],
  ['x="one\n  two"\ny', 'x="one\n  two"\ny'],
  ["while\n  a\n  b\ndo c; done <f", "while\na\nb\ndo c;done<f"],
])("%j", (text, expected) => {
  expect(stripShell(text)).toBe(expected);
  expect(stripShell(expected)).toBe(expected);
});
