import { verifyAnswer, type Received } from "./answer.ts";
import { structured, tools } from "./drive-documents.ts";
import { many, paced } from "./drive-paced.ts";
import { upload } from "./drive-upload.ts";
import { measured, median, outcomeOf, quantile, type Drive, type Outcome, type Region } from "./outcome.ts";
import { receive } from "./receive.ts";
import { measureRegion, type Tick } from "./region.ts";
import type { OpenSubject } from "./subject.ts";
import { portion, type ServedWorkload, type Size } from "./workloads.ts";

export const drives: Readonly<Record<ServedWorkload, Drive>> = {
  verify,
  ndverify: verify,
  flood,
  ndflood: flood,
  paced,
  ndpaced: paced,
  many,
  unary,
  structured,
  tools,
  ttft,
  upload,
};

async function verify(open: OpenSubject, place: string, { tokens, answers }: Size): Promise<Outcome> {
  const subject = open(`${place}/${tokens}`);
  for (let index = 0; index < answers; index += 1) verifyAnswer(await receive(subject), tokens);
  await subject.close?.();
  return { figures: {}, raw: {} };
}

async function flood(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, share } = size;
  const subject = open(`${place}/${tokens}`);
  const received: Received[] = [];
  const streams = async (count: number, tick?: Tick): Promise<void> => {
    for (let index = 0; index < count; index += 1) received.push(await receive(subject, tick));
  };
  const first = await measureRegion(500, (tick) => streams(1, tick));
  await streams(portion(size.warmUp, share));
  const answers = portion(size.answers, share);
  const all = await measured(region, 500, (tick) => streams(answers, tick));
  for (const answer of received) verifyAnswer(answer, tokens);
  await subject.close?.();
  return outcomeOf({ first: [first, tokens], flood: [all, tokens * answers] });
}

async function unary(open: OpenSubject, place: string, size: Size, region: Region): Promise<Outcome> {
  const { tokens, parallel, share } = size;
  const subject = open(`${place}/${tokens}`);
  const texts: string[] = [];
  const calls = async (count: number, tick?: Tick): Promise<void> => {
    let left = count;
    const caller = async (): Promise<void> => {
      for (; left > 0; tick?.()) {
        left -= 1;
        texts.push(await subject.chat());
      }
    };
    await Promise.all(Array.from({ length: parallel }, caller));
  };
  await calls(portion(size.warmUp, share));
  const answers = portion(size.answers, share);
  const all = await measured(region, 20, (tick) => calls(answers, tick));
  for (const text of texts) verifyAnswer({ text, deltas: tokens }, tokens);
  await subject.close?.();
  return outcomeOf({ unary: [all, answers] });
}

/** The first delta of an answer holds the server's two times, on the clock that all processes share. */
async function ttft(open: OpenSubject, place: string, { tokens, warmUp, answers }: Size): Promise<Outcome> {
  const subject = open(`${place}/${tokens}`);
  const request: number[] = [];
  const delta: number[] = [];
  const both: number[] = [];
  for (let index = -warmUp; index < answers; index += 1) {
    const calledAt = process.hrtime.bigint();
    let arrivedAt = 0n;
    const { text, deltas } = await receive(subject, () => (arrivedAt ||= process.hrtime.bigint()));
    const [times = "", ...rest] = text.split(";");
    verifyAnswer({ text: rest.join(";"), deltas: deltas - 1 }, tokens);
    if (index < 0) continue;
    const [readAt = 0n, writtenAt = 0n] = times.split(":").map(BigInt);
    request.push(Number(readAt - calledAt) / 1_000);
    delta.push(Number(arrivedAt - writtenAt) / 1_000);
    both.push(Number(readAt - calledAt + arrivedAt - writtenAt) / 1_000);
  }
  await subject.close?.();
  const p99 = quantile(both, 0.99);
  return { figures: { request: median(request), delta: median(delta), both: median(both), p99 }, raw: {} };
}
