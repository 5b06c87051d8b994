import { classOf, dot, exactPropertyClass, propertyClass } from "./regex-class.ts";
import { anyText, complement, lastCodePoint, sequence, union, type Range, type Regex } from "./regex.ts";

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/**
 * The tree of a regular expression of JavaScript with the flag `u`, of which it is known that it is one. Undefined for what
 * has no place in a tree. What cannot be said without looking around is left out, so that the tree matches more and
 * never less; classes of Unicode are taken wider too, unless `exact`.
 */
export function parseRegex(source: string, exact?: "exact"): Regex | undefined {
  return regexReader(source, exact !== undefined)();
}

/** A range of one character. */
const only = (code: number): readonly Range[] => [[code, code]];

function regexReader(source: string, exact: boolean): () => Regex | undefined {
  let at = 0;
  let failed = false;
  let approximate = false; // a class of Unicode was read

  const sees = (text: string): boolean => source.startsWith(text, at);
  function takes(text: string): boolean {
    if (!sees(text)) return false;
    at += text.length;
    return true;
  }
  function takesMatch(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(source.slice(at));
    if (found) at += found[0].length;
    return found ?? undefined;
  }
  function takeCodePoint(): number {
    const code = source.codePointAt(at) ?? 0;
    at += code > 0xff_ff ? 2 : 1;
    return code;
  }

  function either(): Regex {
    const options = [terms()];
    while (takes("|")) options.push(terms());
    return options.length === 1 && options[0] ? options[0] : { is: "either", options };
  }

  function terms(): Regex {
    const parts: Regex[] = [];
    while (at < source.length && !sees("|") && !sees(")")) parts.push(quantified(atom()));
    return sequence(parts);
  }

  function quantified(of: Regex): Regex {
    const found = takesMatch(/^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/);
    if (!found) return of;
    const [text, from, comma, to] = found;
    const endless = Number.POSITIVE_INFINITY;
    const [min, max] = text.startsWith("*")
      ? [0, endless]
      : text.startsWith("+")
        ? [1, endless]
        : text.startsWith("?")
          ? [0, 1]
          : [Number(from), comma === undefined ? Number(from) : to === "" || to === undefined ? endless : Number(to)];
    return of.is === "dropped" ? of : { is: "repeat", of, min, max };
  }

  function atom(): Regex {
    if (takes("^")) return { is: "start" };
    if (takes("$")) return { is: "end" };
    if (takes(".")) return { is: "set", ranges: dot };
    if (takes("[")) return exactOrNot(bracketed());
    if (takes("\\")) return escaped();
    if (takes("(")) return group();
    return { is: "set", ranges: only(takeCodePoint()) };
  }

  function group(): Regex {
    const lookAround = takesMatch(/^\?<?[=!]/) !== undefined;
    if (!lookAround) takesMatch(/^\?(?::|<[^>]*>)/);
    if (sees("?")) failed = true; // flags for a part, such as (?i:…)
    const inner = either();
    if (!takes(")")) failed = true;
    return lookAround ? { is: "dropped", what: "look-around" } : inner;
  }

  function escaped(): Regex {
    if (takesMatch(/^[bB]/)) return { is: "dropped", what: "a word boundary" };
    if (takesMatch(/^(?:[1-9]\d*|k<[^>]*>)/)) {
      return { is: "sequence", parts: [anyText, { is: "dropped", what: "a reference back" }] };
    }
    return exactOrNot(escapedSet());
  }

  function exactOrNot(ranges: readonly Range[]): Regex {
    const set: Regex = { is: "set", ranges };
    if (!approximate) return set;
    approximate = false;
    return { is: "sequence", parts: [set, { is: "dropped", what: "a class of Unicode beyond ASCII" }] };
  }

  /** After the backslash, in a class or not. */
  function escapedSet(): readonly Range[] {
    const property = takesMatch(/^[pP]\{[^}]*\}/);
    if (property) {
      approximate = !exact;
      return (exact ? exactPropertyClass : propertyClass)(`\\${property[0]}`);
    }
    const named = classOf(source.charAt(at));
    if (named) {
      at += 1;
      return named;
    }
    return only(escapedCode());
  }

  function escapedCode(): number {
    const hex = takesMatch(/^(?:x([\dA-Fa-f]{2})|u\{([\dA-Fa-f]+)\})/);
    if (hex) return Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
    const pair = takesMatch(/^u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/i);
    if (pair) {
      const units = [pair[1] ?? "", pair[2] ?? ""].map((unit) => Number.parseInt(unit, 16));
      return String.fromCharCode(...units).codePointAt(0) ?? 0;
    }
    const unit = takesMatch(/^u([\dA-Fa-f]{4})/);
    if (unit) return Number.parseInt(unit[1] ?? "", 16);
    const control = takesMatch(/^c([A-Za-z])/);
    if (control) return (control[1] ?? "").charCodeAt(0) % 32;
    const letter = source.charAt(at);
    if (Object.hasOwn(controls, letter)) {
      at += 1;
      return controls[letter] ?? 0;
    }
    return takeCodePoint();
  }

  function bracketed(): readonly Range[] {
    const negated = takes("^");
    const ranges: Range[] = [];
    while (!takes("]")) {
      if (at >= source.length) {
        failed = true;
        return [];
      }
      ranges.push(...classPart());
    }
    if (!negated) return union(ranges);
    return approximate ? union([...complement(ranges), [0x80, lastCodePoint]]) : complement(ranges);
  }

  function classPart(): readonly Range[] {
    const from = classAtom();
    const single = from.length === 1 && from[0] && from[0][0] === from[0][1] ? from[0][0] : undefined;
    if (single === undefined || !sees("-") || source.charAt(at + 1) === "]") return from;
    at += 1;
    const to = classAtom();
    return [[single, to[0]?.[1] ?? single]];
  }

  function classAtom(): readonly Range[] {
    if (takes("\\b")) return only(8);
    return takes("\\") ? escapedSet() : only(takeCodePoint());
  }

  return () => {
    const tree = either();
    return failed || at < source.length ? undefined : tree;
  };
}
