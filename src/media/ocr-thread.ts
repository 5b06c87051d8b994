import { Worker } from "node:worker_threads";

/** A thread of this process in which tesseract.js reads pictures. */
export interface OcrThread {
  /** Has a job done, one at a time. Rejects with what the thread says, and when it ends. */
  ask(action: "load" | "loadLanguage" | "initialize" | "recognize", payload: object): Promise<unknown>;
  /** Ends it, whatever it does. */
  end(): Promise<void>;
}

/** What tesseract.js 7 answers. */
interface Answer {
  readonly status: "resolve" | "reject" | "progress";
  readonly data: unknown;
}

interface Job {
  resolve(data: unknown): void;
  reject(error: Error): void;
}

/**
 * Starts the thread that tesseract.js has for Node. It is not started by tesseract.js itself because that gives no thread back that fails to
 * start, so none that could be ended. A thread that does nothing keeps no process alive, and what it prints is not shown.
 */
export function ocrThread(script: string): OcrThread {
  // What it prints, a line a picture, stays unread: reading it would keep the process alive.
  const worker = new Worker(script, { stdout: true, stderr: true });
  worker.unref();
  let job: Job | undefined;
  let ended: Error | undefined;
  const finish = (use: (job: Job) => void): void => {
    worker.unref();
    const finished = job;
    job = undefined;
    if (finished) use(finished);
  };
  const fail = (error: Error): void => {
    ended ??= error;
    finish(({ reject }) => reject(error));
  };
  worker.on("message", ({ status, data }: Answer) => {
    if (status === "resolve") finish(({ resolve }) => resolve(data));
    if (status === "reject") finish(({ reject }) => reject(new Error(String(data))));
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`The thread ended with code ${code}.`)));
  return {
    ask: (action, payload) =>
      new Promise((resolve, reject) => {
        if (ended) {
          reject(ended);
          return;
        }
        job = { resolve, reject };
        worker.ref();
        worker.postMessage({ workerId: "ocr", jobId: action, action, payload }, []);
      }),
    async end() {
      await worker.terminate();
    },
  };
}
