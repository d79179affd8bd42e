// A web server with TLS in front of a node, as its owner puts one there to give it a name in the world.
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A key, and a certificate for a name that it signed itself. */
async function selfSigned(name) {
  const scratch = await mkdtemp(path.join(os.tmpdir(), "hearth-tls-"));
  const [key, cert] = ["key.pem", "cert.pem"].map((file) => path.join(scratch, file));
  try {
    await run("openssl", [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`, "-keyout", key, "-out", cert,
    ]);
    return { key: await readFile(key), cert: await readFile(cert) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export class PublicName {
  constructor(name) {
    this.name = name;
    this.origin = `https://${name}`;
  }

  /** Begins to pass on what is asked under the name, to wherever `node()` says that the node is. */
  static async open(name, node) {
    const made = new PublicName(name);
    const secrets = await selfSigned(name);
    const spki = new X509Certificate(secrets.cert).publicKey.export({ type: "spki", format: "der" });
    made.hash = createHash("sha256").update(spki).digest("base64");
    made.server = https.createServer(secrets, (request, answer) => {
      const { method, url, headers } = request;
      const asked = http.request(new URL(url, node()), { method, headers, setHost: false }, (answered) => {
        answer.writeHead(answered.statusCode, answered.rawHeaders);
        answered.pipe(answer);
      });
      asked.on("error", () => answer.destroy());
      request.pipe(asked);
    });
    made.server.listen(0, "127.0.0.1");
    await once(made.server, "listening");
    return made;
  }

  /** How Chromium finds the name here, and takes this one certificate for good. */
  get chromium() {
    return [
      `--host-resolver-rules=MAP ${this.name} 127.0.0.1:${this.server.address().port}`,
      `--ignore-certificate-errors-spki-list=${this.hash}`,
    ];
  }

  async close() {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
