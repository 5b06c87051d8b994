import { expect, test } from "vitest";

import { parseMetrics } from "../../src/providers/vllm/vllm-metrics.ts";

const text = `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 2.0
vllm:num_requests_running{engine="1",model_name="m"} 1.0
vllm:num_requests_waiting{engine="0",model_name="m"} 4.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
process_resident_memory_bytes 7.07928064e+08
bucket{le="+Inf",path="C:\\\\a,\\"b\\"\\n}"} 3
a_number NaN
an_infinite_one -Inf
this is no metric
`;

test("the numbers that tell how busy the server is, over its engines", () => {
  expect(parseMetrics(text)).toMatchObject({ runningRequests: 3, waitingRequests: 4, kvCacheUsage: 0.75 });
});

test("every metric, with its labels", () => {
  const { samples } = parseMetrics(text);
  expect(samples.get("process_resident_memory_bytes")).toEqual([{ labels: {}, value: 707_928_064 }]);
  expect(samples.get("bucket")).toEqual([{ labels: { le: "+Inf", path: 'C:\\a,"b"\n}' }, value: 3 }]);
  expect(samples.get("a_number")?.[0]?.value).toBeNaN();
  expect(samples.get("an_infinite_one")?.[0]?.value).toBe(Number.NEGATIVE_INFINITY);
  expect([...samples.keys()]).not.toContain("this");
});

test("of a server that counts nothing (--disable-log-stats) there are none, and no zeros in their place", () => {
  expect(parseMetrics("")).toEqual({ samples: new Map() });
  expect(parseMetrics("vllm:num_requests_running 0\n")).toMatchObject({ runningRequests: 0 });
});
