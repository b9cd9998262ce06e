/** A label's name: also a variable's of Ansible, and one as Kubernetes and Consul write it. */
export const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
export const LABEL_NAME_RULE = "1 to 64 letters, digits, _ . or -, beginning with a letter or _";

export const MAX_LABEL_VALUE = 64;

/** A label's value: words without what means something in an expression, or in a list of them. */
export const LABEL_VALUE =
  /^(?=.{1,64}$)[^\p{C}\p{Z},=!&^@#*?{}[\]\\"'`]+(?: [^\p{C}\p{Z},=!&^@#*?{}[\]\\"'`]+)*$/u;
export const LABEL_VALUE_RULE =
  "a text of 1 to 64 printable characters, without , = ! & ^ @ # * ? { } [ ] \\ and quotes";

/** The same for one read piece by piece: as many of its characters as there are. */
export const VALUE_CHARACTERS = /(?:[^\p{C}\p{Z},=!&^@#*?{}[\]\\"'`]| (?! ))*/uy;
