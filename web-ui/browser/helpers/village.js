// Three friends whose pages have something to show.
import { befriend, Home } from "./home.js";

const LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3);
const LONG_TEXT = Array.from({ length: 30 }, (_, line) => `${line + 1}. A line of a long letter.`).join("\n");

const MARKED = `# Leek soup
*For four*, see [my grandmother's](https://soup.example/leeks):
- three **leeks**
- potatoes
  1. peel
  2. dice

> Salt, and then wait.

Measured with \`soup --litres 2\`:
\`\`\`
slice(leeks);
\`\`\``;

/** Alice, Bob and Carol, all friends. */
export async function makeVillage() {
  const homes = await Promise.all(["Alice", "Bob", "Carol"].map((name) => Home.make(name)));
  const village = {
    homes,
    end: () => Promise.all(homes.map((home) => home.end())),
  };
  try {
    await Promise.all(homes.map((home) => home.up()));
    [village.alice, village.bob, village.carol] = homes;
    await fill(village);
    return village;
  } catch (error) {
    await village.end();
    throw error;
  }
}

async function fill(village) {
  const { alice, bob, carol } = village;
  await befriend(alice, bob);
  await befriend(alice, carol);
  const [key, bobs, carols] = await Promise.all([alice.identity(), bob.identity(), carol.identity()]);
  await alice.ask("profile", "--bio", "Bread, birds and a small server in the kitchen. https://example.org/alice");
  await bob.post(`${MARKED} For @${key}.`, "--public");
  await bob.post(LONG_WORD, "--public");
  await bob.post("שלום לכולם, מה שלומכם היום?", "--public");
  await bob.post(LONG_TEXT, "--public");
  village.keys = { alice: key, bob: bobs, carol: carols };
  village.asked = await bob.post("Who comes to the lake on Saturday? I bring the boat.");
  await alice.reads("I bring the boat");
  village.answer = await alice.post("I do, and I bring bread. #lake", "--reply-to", village.asked);
  village.own = await alice.post("The first frost, and the stove is lit.");
  village.shared = await alice.post("Everybody may read this: https://example.org/a/rather/long/address", "--public");
  await alice.post("Buy flour.", "--private");
  village.edited = await alice.post("The ferry goes at noone.");
  await alice.ask("edit", village.edited, "The ferry goes at noon.");
  await bob.reads("The first frost");
  await bob.post("How cold is it?", "--reply-to", village.own);
  await alice.reads("How cold is it?");
  await alice.ask("react", village.asked, "❤️");
  await alice.ask("bookmark", village.asked);
  village.space = (await alice.ask("space", "create", "Book club", "--member", bobs)).id;
  await alice.post("What do we read next?", "--space", village.space);
  await alice.post("Only for you, Bob.", "--to", bobs);
  await alice.ask("list", "Neighbours", "--add", bobs);
  await alice.ask("mute", carols);
  await alice.ask("settings", "public.page", "on");
  await alice.put({ "notes.txt": "Rye, water, salt.\n", "bread.md": "# Bread\n" }, "Kitchen");
  await alice.put({ "letter.txt": "Dear Bob,\n" });
  await bob.ask("pledge", key, "1GB");
}
