import { describe, expect, test } from "vitest";

import { plan, target, type PlanSpec, type TargetPlanOptions } from "../../../src/deploy.ts";
import { smallLlama, writeGguf } from "../../support/model-files.ts";
import { writtenFolder } from "../../support/written-folder.ts";

async function unit(spec: PlanSpec, options: TargetPlanOptions = {}): Promise<string> {
  return target(await plan(spec), "systemd", options).find(({ path }) => path.endsWith(".service"))?.text ?? "";
}

describe("systemd", () => {
  test("the kernel lets nothing pass but what stays on the machine", async () => {
    const text = await unit({ model: "ministral-8b", on: "1x L40S" });
    expect(text).toContain("IPAddressDeny=any\nIPAddressAllow=localhost\n");
    expect(text).toContain("\nProtectSystem=strict\n");
    expect(text).toContain("\nNoNewPrivileges=yes\n");
    expect(text).not.toMatch(/^PrivateDevices/m); // the GPUs are devices
    expect(text).toContain("EnvironmentFile=/etc/inhouse/ministral-3-8b.env");
    expect(text).toContain('Environment="HF_HUB_CACHE=/srv/models"');
  });

  test("a plan that listens beyond the machine lets callers pass: of private networks, or those named", async () => {
    const spec = { model: "ministral-3b", on: "cpu 32GB", address: "0.0.0.0" };
    expect(await unit(spec)).toContain(
      "IPAddressAllow=localhost 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fe80::/10\n",
    );
    const named = await unit(spec, { clients: ["192.0.2.0/24"] });
    expect(named).toContain("IPAddressAllow=localhost 192.0.2.0/24\n");
    expect(named).toContain("PrivateDevices=yes");
    expect(named).toContain("http://127.0.0.1:8080/health"); // it asks itself by an address that there is
  });

  test("what systemd would read as its own is written so that it does not", async () => {
    const folder = writtenFolder({ '50% "$HOME" \\ it\'s.gguf': writeGguf(smallLlama.metadata, smallLlama.tensors) });
    const text = await unit(
      { model: `${folder}/50% "$HOME" \\ it's.gguf`, on: "cpu 16GB" },
      { program: "/opt/my server" },
    );
    expect(text).toContain(`ExecStart="/opt/my server" -m "${folder}/50%% \\"$$HOME\\" \\\\ it's.gguf" --alias`);
  });

  test("AMD's devices are reached by their groups", async () => {
    expect(await unit({ model: "ministral-8b", on: "1x MI300X" })).toContain("SupplementaryGroups=video render");
  });
});
