import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, test } from "vitest";

import { words, writePdf } from "../../scripts/media/pdf-writer.ts";
import { openPdf, type PdfDocument } from "../../src/media/pdf.ts";

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/media/${name}`, import.meta.url));

async function withPdf<T>(bytes: Uint8Array, use: (document: PdfDocument) => Promise<T>): Promise<T> {
  const document = await openPdf(bytes);
  try {
    return await use(document);
  } finally {
    await document.close();
  }
}

describe("the text of a page", () => {
  test("has its lines, paragraphs and columns in the order in which they are read", async () => {
    await withPdf(fixture("manual.pdf"), async (document) => {
      expect(document.pageCount).toBe(3);
      expect(await document.text(1)).toMatchInlineSnapshot(`
        "Pump Type PX-200

        Operating manual, edition 3

        The PX-200 is a self-priming pump for clean water and for mixtures of water and glycol. It is made
        by Müller & Söhne in Fürth. Read this manual before you connect the pump, and keep it near the
        machine.

        The serial number stands on the plate beside the outlet. Have it at hand when you order spare
        parts: seals of pumps before number 4711 have another diameter.

        1 Safety

        Switch the pump off at the main
        switch before you open it, and
        lock the switch. Wait for ten min-
        utes: the housing is hot, and the
        pressure falls slowly. Wear gloves
        when you drain the housing.
        Never run the pump dry.

        Glycol is harmful when swallowed.
        Collect what leaks, and hand it in
        as waste of class 16 01 14. Water
        below 3 °C freezes in the housing:
        drain the pump before winter by
        the plug at its lowest point. Work
        on the motor is for electricians.

        PX-200 manual	page 1"
      `);
    });
  });

  test("has a table's rows as lines, and a tab for each step to another column", async () => {
    await withPdf(fixture("manual.pdf"), async (document) => {
      expect((await document.text(2)).split("\n").slice(2, 14)).toMatchInlineSnapshot(`
        [
          "Who skips an interval loses the warranty. Times are hours of operation.",
          "Interval	Work	Part	Minutes",
          "50 h	Check the oil level (Ölstand)	-	5",
          "250 h	Clean the strainer, and look for	PX-31	20",
          "	sand or fibres in it",
          "1,000 h	Change the shaft seal	PX-47	90",
          "2,000 h	Change both bearings	PX-52	240",
          "",
          "3 Technical data",
          "Flow	200 litres a minute",
          "Head	38 m",
          "Power	2.2 kW",
        ]
      `);
    });
  });

  test("is empty where the page is a picture", async () => {
    await withPdf(fixture("scan.pdf"), async (document) => {
      expect(await document.text(1)).toBe("");
    });
  });

  test.each([
    [
      "joins a row that was written column by column",
      [
        [50, 700, "50 h"],
        [50, 680, "250 h"],
        [50, 660, "1,000 h"],
        [200, 700, "oil"],
        [200, 680, "strainer"],
        [200, 660, "seal"],
      ],
      "50 h\toil\n250 h\tstrainer\n1,000 h\tseal",
    ],
    [
      "leaves an empty cell",
      [
        [50, 700, "Part"],
        [200, 700, "Price"],
        [300, 700, "Stock"],
        [50, 680, "PX-31"],
        [300, 680, "4"],
      ],
      "Part\tPrice\tStock\nPX-31\t\t4",
    ],
    [
      "takes a raised character into its line",
      [
        [50, 700, "20 m"],
        [71, 704, "3", 6],
        [76, 700, "a day"],
      ],
      "20 m3 a day",
    ],
    [
      "takes bold type that is drawn twice once",
      [
        [50, 700, "Caution"],
        [50.3, 700, "Caution"],
        [50, 686, "hot"],
      ],
      "Caution\nhot",
    ],
    [
      "leaves a hyphen at the end of a line",
      [
        [50, 700, "ten min-"],
        [50, 687, "utes"],
      ],
      "ten min-\nutes",
    ],
  ] as const)("%s", async (_, pieces, text) => {
    const content = pieces.map(([x, y, piece, size = 10]) => words(x, y, size, piece)).join("");
    expect(await withPdf(writePdf([{ content }]), (document) => document.text(1))).toBe(text);
  });

  test("is read along lines that are turned", async () => {
    const upwards = (x: number, text: string): string => `q 0 1 -1 0 ${x} 100 cm\n${words(0, 0, 10, text)}Q\n`;
    const content = upwards(300, "Wiring of the motor") + upwards(313, "three phases");
    expect(await withPdf(writePdf([{ content }]), (document) => document.text(1))).toBe(
      "Wiring of the motor\nthree phases",
    );
  });

  test("ends with an error where a page holds more than a million characters", async () => {
    const lines = Array.from({ length: 1_001 }, (_, line) =>
      words(20, 800 - (line % 700), 1, "0123456789".repeat(100)),
    );
    const content = lines.join("");
    await withPdf(writePdf([{ content }, { content: words(50, 700, 10, "small") }]), async (document) => {
      await expect(document.text(1)).rejects.toMatchObject({
        code: "limit",
        message: expect.stringContaining("1000000"),
      });
      expect(await document.text(2)).toBe("small");
    });
  });
});

describe("a document", () => {
  test("leaves the caller's bytes as they are", async () => {
    const bytes = fixture("manual.pdf");
    const before = Buffer.from(bytes);
    await withPdf(bytes, (document) => document.text(1));
    expect(before.equals(bytes)).toBe(true);
  });

  test("leaves JavaScript's own functions as they are, whatever pdf.js brings for an older Node", async () => {
    await withPdf(fixture("manual.pdf"), (document) => document.text(1));
    for (const own of [JSON.parse, JSON.stringify, Array.prototype.push, Function.prototype.toString]) {
      expect(Function.prototype.toString.call(own)).toContain("[native code]");
    }
    expect(() => JSON.parse("-1.e-3")).toThrow(SyntaxError);
  });

  test("gives its pages in any order, and when all are asked for at once", async () => {
    const pages = Array.from({ length: 50 }, (_, index) => ({ content: words(50, 700, 10, `page ${index + 1}`) }));
    await withPdf(writePdf(pages), async (document) => {
      const numbers = pages.map((_, index) => 50 - index);
      const texts = await Promise.all(numbers.map((number) => document.text(number)));
      expect(texts).toEqual(numbers.map((number) => `page ${number}`));
    });
  });

  test("of 5,000 pages holds few of them", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const pages = Array.from({ length: 5_000 }, (_, index) => ({ content: words(50, 700, 10, `page ${index + 1}`) }));
    await withPdf(writePdf(pages), async (document) => {
      const read = async (from: number, to: number): Promise<void> => {
        for (let page = from; page <= to; page++) expect(await document.text(page)).toBe(`page ${page}`);
      };
      await read(1, 100);
      const before = heap();
      await read(101, 500);
      expect(await document.text(5_000)).toBe("page 5000");
      expect((heap() - before) / 1_000_000).toBeLessThan(12); // pages that stay would cost 26 MB
    });
  });

  test.each([0, 4, -1, 1.5, Number.NaN])("has no page %s", async (page) => {
    await withPdf(fixture("manual.pdf"), async (document) => {
      await expect(document.text(page)).rejects.toMatchObject({
        code: "invalid-request",
        message: `The PDF has pages 1 to 3, and no page ${page}.`,
      });
    });
  });

  test("is not read after the signal has ended it", async () => {
    const end = new AbortController();
    const document = await openPdf(fixture("manual.pdf"), end.signal);
    await document.text(1);
    end.abort(new Error("enough"));
    await expect(document.text(2)).rejects.toMatchObject({ code: "abort", cause: end.signal.reason });
    await expect(openPdf(fixture("manual.pdf"), end.signal)).rejects.toMatchObject({ code: "abort" });
    await document.close();
  });

  test("is not read after it was closed", async () => {
    const document = await openPdf(fixture("manual.pdf"));
    await document.close();
    await expect(document.text(1)).rejects.toMatchObject({ code: "closed" });
  });
});

describe("a file that is no whole PDF", () => {
  test.each([
    ["nothing", new Uint8Array(), "The PDF is empty: it has 0 bytes."],
    ["a picture", Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"), "This is no PDF: its content is image/png."],
    ["a text", Buffer.from("Grüße"), "This is no PDF: its content is text/plain."],
    ["a header", Buffer.from("%PDF-1.7\n"), "The PDF is damaged: no page of it can be read."],
    [
      "a header before zeros",
      Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(10_000)]),
      "The PDF is damaged: no page of it can be read.",
    ],
  ])("%s", async (_, bytes, message) => {
    await expect(openPdf(bytes)).rejects.toMatchObject({ code: "invalid-request", message });
  });

  test("is read as far as it goes where its end is missing", async () => {
    const whole = fixture("manual.pdf");
    const table = Buffer.from(whole).lastIndexOf("xref\n0");
    await withPdf(whole.subarray(0, table), async (document) => {
      expect(await document.text(3)).toContain("4 Faults");
    });
  });

  test("is an error or readable, wherever it is cut", async () => {
    const whole = fixture("manual.pdf");
    for (let length = 20; length < whole.length; length += 97) {
      const outcome = await withPdf(whole.subarray(0, length), (document) => document.text(1)).catch(
        (error: unknown) => error,
      );
      if (typeof outcome !== "string") expect(outcome).toMatchObject({ code: "invalid-request" });
    }
  });

  test("says which page is damaged, and gives the others", async () => {
    const pages = ["first", "second", "third"].map((text) => ({ content: words(50, 700, 10, text) }));
    const whole = Buffer.from(writePdf(pages)).toString("latin1");
    const [, third = ""] = /\/Kids \[\d+ 0 R \d+ 0 R (\d+) 0 R/.exec(whole) ?? [];
    const broken = Buffer.from(whole.replace(`\n${third} 0 obj\n<<`, `\n${third} 0 obj\n12`), "latin1");
    await withPdf(broken, async (document) => {
      expect(await document.text(1)).toBe("first");
      await expect(document.text(3)).rejects.toMatchObject({
        code: "invalid-request",
        message: "Page 3 of the PDF is damaged.",
      });
      expect(await document.text(2)).toBe("second");
    });
  });
});

describe("an encrypted PDF", () => {
  test("opens with its password only", async () => {
    await expect(openPdf(fixture("encrypted.pdf"))).rejects.toMatchObject({
      code: "invalid-request",
      message: "The PDF is encrypted, and opens with a password only.",
      hint: expect.stringContaining("qpdf --decrypt"),
    });
    await expect(openPdf(fixture("encrypted.pdf"), undefined, "wrong")).rejects.toMatchObject({
      code: "invalid-request",
      message: "The password does not open the PDF.",
    });
    const document = await openPdf(fixture("encrypted.pdf"), undefined, "seal");
    expect(await document.text(3)).toContain("change the seal PX-47");
    await document.close();
  });

  test("opens without one where only its use is restricted", async () => {
    expect(await withPdf(fixture("print-only.pdf"), (document) => document.text(1))).toContain("Pump Type PX-200");
  });
});
