import { words, type PageDrawing } from "./pdf-writer.ts";

/** Lines under each other; each is indented as the first. */
function block(x: number, top: number, lines: readonly string[], size = 10, leading = 13): string {
  return lines.map((line, index) => words(x, top - index * leading, size, line)).join("");
}

/** The rows of a table, cell by cell as word processors write them; the lines of a cell are separated by `\n`. */
function table(xs: readonly number[], top: number, rows: readonly (readonly string[])[]): string {
  let y = top;
  return rows
    .map((cells) => {
      const lines = cells.map((cell) => cell.split("\n"));
      const drawn = lines.map((of, column) => block(xs[column] ?? 0, y, of)).join("");
      y -= 13 * Math.max(...lines.map((of) => of.length)) + 7;
      return drawn;
    })
    .join("");
}

const cover =
  words(56, 770, 22, "Pump Type PX-200", "bold") +
  words(56, 742, 13, "Operating manual, edition 3") +
  block(56, 706, [
    "The PX-200 is a self-priming pump for clean water and for mixtures of water and glycol. It is made",
    "by Müller & Söhne in Fürth. Read this manual before you connect the pump, and keep it near the",
    "machine.",
  ]) +
  block(56, 654, [
    "The serial number stands on the plate beside the outlet. Have it at hand when you order spare",
    "parts: seals of pumps before number 4711 have another diameter.",
  ]) +
  words(56, 604, 14, "1 Safety", "bold") +
  block(56, 580, [
    "Switch the pump off at the main",
    "switch before you open it, and",
    "lock the switch. Wait for ten min-",
    "utes: the housing is hot, and the",
    "pressure falls slowly. Wear gloves",
    "when you drain the housing.",
    "Never run the pump dry.",
  ]) +
  block(310, 580, [
    "Glycol is harmful when swallowed.",
    "Collect what leaks, and hand it in",
    "as waste of class 16 01 14. Water",
    "below 3 °C freezes in the housing:",
    "drain the pump before winter by",
    "the plug at its lowest point. Work",
    "on the motor is for electricians.",
  ]) +
  words(56, 40, 8, "PX-200 manual") +
  words(520, 40, 8, "page 1");

const maintenance =
  words(56, 770, 14, "2 Maintenance", "bold") +
  block(56, 746, ["Who skips an interval loses the warranty. Times are hours of operation."]) +
  table([56, 150, 360, 450], 714, [
    ["Interval", "Work", "Part", "Minutes"],
    ["50 h", "Check the oil level (Ölstand)", "-", "5"],
    ["250 h", "Clean the strainer, and look for\nsand or fibres in it", "PX-31", "20"],
    ["1,000 h", "Change the shaft seal", "PX-47", "90"],
    ["2,000 h", "Change both bearings", "PX-52", "240"],
  ]) +
  words(56, 580, 14, "3 Technical data", "bold") +
  table([56, 250], 556, [
    ["Flow", "200 litres a minute"],
    ["Head", "38 m"],
    ["Power", "2.2 kW"],
    ["Größe", "DN 50"],
  ]) +
  words(56, 40, 8, "PX-200 manual") +
  words(520, 40, 8, "page 2");

const faults =
  words(56, 770, 14, "4 Faults", "bold") +
  block(56, 746, [
    "The pump runs and moves no water: fill the housing, and close the leak on the suction side. The",
    "pump hums and does not start: the wheel is blocked, or a phase is missing.",
  ]) +
  block(56, 707, [
    "The pump leaks at the shaft: change the seal PX-47. Up to ten drops an hour are usual during the",
    "first fifty hours.",
  ]) +
  words(56, 40, 8, "PX-200 manual") +
  words(520, 40, 8, "page 3");

/** The pages of an invented manual: headings, two columns, a table with a cell of two lines, umlauts. */
export const manualPages: readonly PageDrawing[] = [cover, maintenance, faults].map((content) => ({ content }));

/** Pages that are printed and scanned. */
export const letterPages: readonly PageDrawing[] = [
  words(70, 760, 20, "Inspection report", "bold") +
    block(
      70,
      715,
      [
        "Pump Type PX-200, serial number 5208",
        "Inspected on 14 March by the service team",
        "",
        "The shaft seal was worn and has been replaced.",
        "Both bearings run quietly. The strainer held sand",
        "and was cleaned. The oil level was correct.",
        "",
        "Flow after the work: 198 litres a minute.",
        "Next inspection after 1000 hours of operation.",
      ],
      15,
      24,
    ),
  words(70, 760, 20, "Recommendations", "bold") +
    block(
      70,
      715,
      [
        "Order two shaft seals for the store.",
        "Fit a finer strainer before the inlet.",
        "Train a second person to change the seal.",
      ],
      15,
      24,
    ),
].map((content) => ({ content }));
