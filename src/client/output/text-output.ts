import { InhouseError } from "../../core/error.ts";
import { regexMatcher } from "../../core/regex-match.ts";
import { regexTree } from "../../core/regex-tree.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { ChatResult } from "../../core/result.ts";
import type { OutputStrategy, StructuredOutput } from "./checked-output.ts";
import { circumstances, unappliedHint } from "./output-circumstances.ts";

type TextForm = Extract<ResponseFormat, { readonly type: "choice" | "regex" | "grammar" }>;

/** An answer that is text of a form. A model that was only asked for it may put white space around it. */
export function textOutput(form: TextForm, strategy: OutputStrategy): StructuredOutput<string> {
  const { wanted, fits, goesOn } = checkOf(form);
  if (form.type === "grammar" && strategy === "prompted") {
    throw new InhouseError("unsupported", "A grammar can be enforced by a server only: nothing here checks it.");
  }
  return {
    responseFormat: form,
    wanted,
    partials() {
      let known = "";
      return (text) => (known += text);
    },
    check(result) {
      const text = strategy === "prompted" ? result.text.trim() : result.text;
      const cut = result.finishReason === "length";
      if (fits(text) && !(cut && goesOn(text))) return Promise.resolve(Object.assign(result, { output: text }));
      return Promise.reject(cut ? cutError(result) : misfit(result, wanted, strategy));
    },
  };
}

interface TextCheck {
  /** What the answer is to be, for people and models. */
  readonly wanted: string;
  readonly fits: (text: string) => boolean;
  /** Whether more could have followed a text that fits. */
  readonly goesOn: (text: string) => boolean;
}

function checkOf(form: TextForm): TextCheck {
  switch (form.type) {
    case "choice": {
      const { options } = form;
      return {
        wanted: `exactly one of these, and nothing else: ${options.map((option) => JSON.stringify(option)).join(", ")} (without the quotation marks)`,
        fits: (text) => options.includes(text),
        goesOn: (text) => options.some((option) => option !== text && option.startsWith(text)),
      };
    }
    case "regex": {
      const place = "output: regex";
      const fits = regexMatcher(place, regexTree(place, form.pattern, "exact"));
      return { wanted: `text that matches /${form.pattern}/ as a whole, and nothing else`, fits, goesOn: () => true };
    }
    case "grammar":
      return { wanted: "text of the grammar", fits: (text) => text !== "", goesOn: () => true };
  }
}

const cutError = (result: ChatResult): InhouseError =>
  new InhouseError(
    "output-limit",
    "The output was cut by the token limit before its end.",
    circumstances(result, undefined),
  );

function misfit(result: ChatResult, wanted: string, strategy: OutputStrategy): InhouseError {
  const issues = [{ path: [], message: `expected ${wanted}` }];
  const details = { issues, hint: unappliedHint(strategy), ...circumstances(result, undefined) };
  return new InhouseError("schema", `The output is not ${wanted}.`, details);
}
