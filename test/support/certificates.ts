import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private certificate authority and what it signed, as PEM. */
export interface Certificates {
  readonly ca: string;
  /** For `127.0.0.1` and `localhost`. */
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
  /** For another host. */
  readonly wrongName: { readonly cert: string; readonly key: string };
  /** Was valid yesterday. */
  readonly expired: { readonly cert: string; readonly key: string };
}

/** Makes certificates with the machine's openssl; undefined, with the reason printed, where there is none. */
export function makeCertificates(): Certificates | undefined {
  const folder = mkdtempSync(join(tmpdir(), "inhouse-tls-"));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): unknown => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name: string) => ({
    cert: readFileSync(file(`${name}.crt`), "utf8"),
    key: readFileSync(file(`${name}.key`), "utf8"),
  });

  function sign(name: string, extensions: string, ...validity: string[]): void {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    writeFileSync(file(`${name}.ext`), extensions);
    const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...authority,
      "-extfile",
      `${name}.ext`,
      ...validity,
      "-out",
      `${name}.crt`,
    );
  }

  try {
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key");
    openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=House CA", "-days", "2", "-out", "ca.crt");
    sign("server", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-days", "2");
    sign("client", "extendedKeyUsage=clientAuth", "-days", "2");
    sign("wrong", "subjectAltName=DNS:elsewhere.example", "-days", "2");
    sign("expired", "subjectAltName=IP:127.0.0.1", "-days", "-1");
    return {
      ca: readFileSync(file("ca.crt"), "utf8"),
      server: read("server"),
      client: read("client"),
      wrongName: read("wrong"),
      expired: read("expired"),
    };
  } catch (error) {
    console.warn(`TLS tests are skipped: openssl made no certificates (${String(error)}).`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
