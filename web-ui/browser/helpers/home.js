// A home in a scratch folder, the node that runs in it, and the commands that ask it.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const PATIENCE_MS = 60_000;
const POLL_MS = 50;
const BUILT = fileURLToPath(new URL("../../../target/debug/hearth", import.meta.url));

/** The program: `HEARTH_BIN`, or what `cargo build` made. */
export const program = process.env.HEARTH_BIN ?? BUILT;

/** Asks again and again until the answer is truthy. */
export async function until(what, ask) {
  const begun = Date.now();
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() - begun > PATIENCE_MS) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export class Home {
  constructor(name, scratch) {
    this.name = name;
    this.scratch = scratch;
    this.node = null;
  }

  static async make(name) {
    return new Home(name, await mkdtemp(path.join(os.tmpdir(), "hearth-browser-")));
  }

  /** A file beside the home. */
  file(name) {
    return path.join(this.scratch, name);
  }

  #env() {
    return { HEARTH_HOME: this.file("home"), HOME: this.file("user"), PATH: this.file("no-programs") };
  }

  /** Starts a node. Without a name it has no identity yet, and its page begins at the first step. */
  async up({ name = this.name, args = [] } = {}) {
    const all = ["up", "--json", "--no-mdns", "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0"];
    if (name) all.push("--name", name);
    const log = createWriteStream(this.file("log"), { flags: "a" });
    await once(log, "open");
    this.node = spawn(program, [...all, ...args], { cwd: this.scratch, env: this.#env(), stdio: ["ignore", "pipe", log] });
    const ended = once(this.node, "exit").then(([code]) => { throw new Error(`${this.name}'s node ended with ${code}`); });
    ended.catch(() => {});
    const lines = createInterface({ input: this.node.stdout });
    const first = await Promise.race([once(lines, "line"), ended]);
    this.ready = JSON.parse(first[0]);
    this.web = new URL(this.ready.web).origin;
    return this;
  }

  /** Starts a node as somebody new does: without a name, and with the link on its page's first step read off the terminal. */
  async begin() {
    const all = ["up", "--no-mdns", "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0"];
    const log = createWriteStream(this.file("log"), { flags: "a" });
    await once(log, "open");
    this.node = spawn(program, all, { cwd: this.scratch, env: this.#env(), stdio: ["ignore", "pipe", log] });
    for await (const line of createInterface({ input: this.node.stdout })) {
      const [link] = line.match(/http:\/\/\S+\/sign-in\?token=\S+/) ?? [];
      if (!link) continue;
      this.web = new URL(link).origin;
      this.node.stdout.resume();
      return link;
    }
    throw new Error(`${this.name}'s node printed no link`);
  }

  /** The JSON answer of a command that must succeed: `ask("post", "-", "--public")`. */
  ask(...args) {
    return this.askWith("", ...args);
  }

  /** The same, with a text on its standard input. */
  askWith(input, ...args) {
    return new Promise((resolve, reject) => {
      const options = { cwd: this.scratch, env: this.#env(), maxBuffer: 1 << 24, timeout: PATIENCE_MS };
      const child = execFile(program, ["--json", ...args], options, (error, stdout, stderr) => {
        if (error) reject(new Error(`${this.name}: hearth ${args.join(" ")}: ${stderr || error}`));
        else resolve(JSON.parse(stdout));
      });
      child.stdin.on("error", () => {});
      child.stdin.end(input);
    });
  }

  /** Says something; its id comes back. `to`: `--public`, or `--space`, NAME and the like; else friends. */
  async post(text, ...to) {
    return (await this.askWith(text, "post", "-", ...to)).id;
  }

  async identity() {
    return this.known ??= (await this.ask("id")).identity;
  }

  /** A new link that signs one browser in, once. */
  async signInLink() {
    return (await this.ask("open")).web;
  }

  /** Waits until somebody's words are on this home's timeline, and gives that post. */
  reads(text) {
    return until(`${this.name} reads ${JSON.stringify(text)}`, async () =>
      (await this.ask("timeline")).find((post) => post.text.includes(text)));
  }

  /** Puts files into the drive: names and texts. */
  async put(files, to) {
    const folder = this.file("to-put");
    await mkdir(folder, { recursive: true });
    const paths = [];
    for (const [name, text] of Object.entries(files)) {
      paths.push(path.join(folder, name));
      await writeFile(paths.at(-1), text);
    }
    return this.ask("files", "put", ...paths, ...(to ? ["--to", to] : []));
  }

  async end() {
    if (this.node && this.node.exitCode === null && this.node.signalCode === null) {
      const gone = once(this.node, "exit");
      this.node.kill("SIGKILL");
      await gone;
    }
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Makes two homes friends, and waits until both know. */
export async function befriend(one, other) {
  const link = async (home) => (await home.ask("link")).link;
  await one.ask("follow", await link(other));
  await other.ask("follow", await link(one));
  for (const [of, friend] of [[one, other], [other, one]]) {
    const key = await friend.identity();
    await until(`${of.name} and ${friend.name} are friends`, async () =>
      (await of.ask("following")).some((known) => known.identity === key && known.state === "friends"));
    await until(`${friend.name}'s log is with ${of.name}`, async () =>
      (await of.ask("status")).logs.some((log) => log.identity === key && log.have.length > 0));
  }
}
