/** What a GPU or another accelerator has, by its maker's data sheet. */
export interface Accelerator {
  /** As people write it. */
  readonly name: string;
  /** Other ways to write it, in lower case. */
  readonly aliases?: readonly string[];
  readonly vendor: "nvidia" | "amd" | "apple";
  /** Gigabytes of memory as sold (of 1024³ bytes for NVIDIA and AMD); absent where it is part of main memory. */
  readonly memoryGiB?: number;
  readonly memoryGBPerSecond: number;
  /** Operations in a second, dense, in 10¹². */
  readonly bf16Teraflops?: number;
  readonly fp8Teraflops?: number;
  readonly fp4Teraflops?: number;
  /** CUDA's compute capability, or AMD's architecture. */
  readonly architecture?: string;
  /** `data sheet`: read there, or in a page that reports its figures; `unchecked`: known, and not found in a data sheet here. */
  readonly evidence: "data sheet" | "unchecked";
}

type Row = readonly [
  name: string,
  memoryGiB: number,
  memoryGBPerSecond: number,
  teraflops: readonly [bf16?: number, fp8?: number, fp4?: number],
  architecture: string,
  evidence: Accelerator["evidence"],
  aliases?: readonly string[],
];

/** NVIDIA's numbers are often of sparse matrices, twice these; GeForce cards add up in 32 bits at half the pace of the others. */
const nvidia: readonly Row[] = [
  ["H100 SXM", 80, 3_350, [989, 1_979], "9.0", "data sheet", ["h100", "h100 80gb hbm3", "h100-sxm"]],
  ["H100 PCIe", 80, 2_000, [756, 1_513], "9.0", "data sheet", ["h100-pcie"]],
  ["H200", 141, 4_800, [989, 1_979], "9.0", "data sheet", ["h200 sxm"]],
  ["A100 80GB", 80, 2_039, [312], "8.0", "data sheet", ["a100-80gb", "a100-sxm4-80gb", "a100"]],
  ["A100 80GB PCIe", 80, 1_935, [312], "8.0", "data sheet"],
  ["A100 40GB", 40, 1_555, [312], "8.0", "data sheet", ["a100-40gb", "a100-sxm4-40gb", "a100-pcie-40gb"]],
  ["L40S", 48, 864, [362, 733], "8.9", "data sheet"],
  ["L40", 48, 864, [181, 362], "8.9", "data sheet"],
  ["L4", 24, 300, [121, 242], "8.9", "data sheet"],
  ["RTX 4090", 24, 1_008, [165, 330], "8.9", "data sheet", ["geforce rtx 4090", "4090"]],
  ["RTX 4000 Ada", 20, 360, [], "8.9", "data sheet", ["rtx 4000 ada generation"]],
  ["RTX 4000 SFF Ada", 20, 280, [], "8.9", "unchecked", ["rtx 4000 sff ada generation"]],
  ["RTX 5000 Ada", 32, 576, [261, 522], "8.9", "data sheet", ["rtx 5000 ada generation"]],
  ["RTX 6000 Ada", 48, 960, [364, 728], "8.9", "data sheet", ["rtx 6000 ada generation"]],
  ["RTX 4080", 16, 717, [97, 195], "8.9", "unchecked", ["geforce rtx 4080", "4080"]],
  ["RTX 4070", 12, 504, [58, 117], "8.9", "unchecked", ["geforce rtx 4070", "4070"]],
  ["RTX 4060", 8, 272, [30, 60], "8.9", "unchecked", ["geforce rtx 4060", "4060"]],
  ["A10", 24, 600, [125], "8.6", "data sheet", ["a10g"]],
  ["A40", 48, 696, [150], "8.6", "data sheet"],
  ["RTX A6000", 48, 768, [155], "8.6", "unchecked"],
  ["RTX 3060", 12, 360, [25], "8.6", "unchecked", ["geforce rtx 3060", "3060"]],
  ["T4", 16, 320, [], "7.5", "data sheet"],
  ["V100 32GB", 32, 900, [], "7.0", "data sheet", ["v100", "v100-sxm2-32gb", "v100-pcie-32gb"]],
  ["RTX 3090", 24, 936, [71], "8.6", "unchecked", ["geforce rtx 3090", "3090"]],
  ["RTX 5090", 32, 1_792, [209, 419, 1_676], "12.0", "unchecked", ["geforce rtx 5090", "5090"]],
  [
    "RTX PRO 6000",
    96,
    1_792,
    [],
    "12.0",
    "data sheet",
    ["rtx pro 6000 blackwell server edition", "rtx pro 6000 blackwell workstation edition"],
  ],
  ["B200", 180, 7_700, [2_250, 4_500, 9_000], "10.0", "data sheet"],
  ["B300", 268, 8_000, [2_250, 4_500, 15_000], "10.0", "unchecked"],
];

const amd: readonly Row[] = [
  ["MI300X", 192, 5_300, [1_307, 2_615], "gfx942", "data sheet", ["instinct mi300x"]],
  ["MI325X", 256, 6_000, [1_307, 2_615], "gfx942", "data sheet", ["instinct mi325x"]],
  ["MI355X", 288, 8_000, [2_500, 5_000, 10_000], "gfx950", "unchecked", ["instinct mi355x"]],
];

/** Apple's share main memory; the number is its bandwidth. */
const apple: readonly (readonly [name: string, memoryGBPerSecond: number, evidence?: Accelerator["evidence"]])[] = [
  ["M1", 68],
  ["M1 Pro", 205],
  ["M1 Max", 410],
  ["M1 Ultra", 819],
  ["M2", 102],
  ["M2 Pro", 205],
  ["M2 Max", 410],
  ["M2 Ultra", 819],
  ["M3", 102],
  ["M3 Pro", 154],
  ["M3 Max", 410],
  ["M3 Ultra", 819],
  ["M4", 120],
  ["M4 Pro", 273, "data sheet"],
  ["M4 Max", 546, "data sheet"],
];

function accelerator(vendor: Accelerator["vendor"], row: Row): Accelerator {
  const [name, memoryGiB, memoryGBPerSecond, [bf16, fp8, fp4], architecture, evidence, aliases] = row;
  return {
    name,
    vendor,
    memoryGiB,
    memoryGBPerSecond,
    ...(bf16 === undefined ? {} : { bf16Teraflops: bf16 }),
    ...(fp8 === undefined ? {} : { fp8Teraflops: fp8 }),
    ...(fp4 === undefined ? {} : { fp4Teraflops: fp4 }),
    architecture,
    evidence,
    ...(aliases ? { aliases } : {}),
  };
}

/** The accelerators that are known. */
export const accelerators: readonly Accelerator[] = [
  ...nvidia.map((row) => accelerator("nvidia", row)),
  ...amd.map((row) => accelerator("amd", row)),
  ...apple.map(([name, memoryGBPerSecond, evidence = "unchecked"]): Accelerator => {
    return {
      name,
      vendor: "apple",
      memoryGBPerSecond,
      aliases: [`apple ${name.toLowerCase()}`],
      evidence,
    };
  }),
];

/** The accelerator of a name as people, tools or makers write it; nothing where it is not known. */
export function acceleratorNamed(name: string): Accelerator | undefined {
  const wanted = plain(name);
  return accelerators.find((known) => [known.name, ...(known.aliases ?? [])].some((alias) => plain(alias) === wanted));
}

/** Letters and digits alone, without the makers' words. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/\b(nvidia|amd|tesla|radeon|graphics)\b/g, "")
    .replaceAll(/[^a-z0-9]/g, "");
