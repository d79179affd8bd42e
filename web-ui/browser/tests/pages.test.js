// Every page in every look: nothing that axe or html-validate finds, nothing wider than the window, a quiet console.
import { Reader, test } from "../helpers/suite.js";

test.use({ atHome: false });

// Nobody whom the village knows.
const STRANGER = "hearth1qypygj4v9q8l5s0r06qsepkp8essm84w36aw2ekfxj5pfw00facdzh63q9e";

const pages = {
  home: () => "/",
  "home-of-list": () => "/?list=Neighbours",
  thread: ({ answer }) => `/thread/${answer}`,
  "person-me": ({ keys }) => `/person/${keys.alice}`,
  "person-friend": ({ keys }) => `/person/${keys.bob}`,
  "person-muted": ({ keys }) => `/person/${keys.carol}`,
  "person-stranger": () => `/person/${STRANGER}`,
  "person-photos": ({ keys }) => `/person/${keys.alice}/photos`,
  people: () => "/people",
  profile: () => "/profile",
  shortcuts: () => "/shortcuts",
  offline: () => "/offline",
  spaces: () => "/spaces",
  "space-shared": ({ space }) => `/spaces/${space}`,
  "space-members": ({ space }) => `/spaces/${space}/members`,
  "space-friends": () => "/spaces/friends",
  "space-private": () => "/spaces/private",
  with: ({ keys }) => `/with/${keys.bob}`,
  notifications: () => "/notifications",
  search: () => "/search",
  "search-found": () => "/search?q=lake",
  "search-nothing": () => "/search?q=xylophone",
  conversations: () => "/conversations",
  history: ({ edited }) => `/history/${edited}`,
  bookmarks: () => "/bookmarks",
  quiet: () => "/quiet",
  devices: () => "/devices",
  "device-add": () => "/devices/add",
  files: () => "/files",
  "files-folder": () => "/files/Kitchen",
  "files-tiles": () => "/files?look=tiles&sort=size",
  "files-removed": () => "/files?removed",
  file: () => "/files/letter.txt?show",
  "file-remove": () => "/files/Kitchen?remove",
  backup: () => "/backup",
  data: () => "/data",
  storage: () => "/storage",
  access: () => "/access",
  "access-month": () => "/access?span=month&who=friends",
  reach: () => "/reach",
  settings: () => "/settings",
  "settings-sign-in": () => "/settings/sign-in",
  "settings-sessions": () => "/settings/sessions",
  "first-friend": () => "/welcome/friend",
  export: () => "/export",
  import: () => "/import",
  restore: () => "/restore",
  edit: ({ own }) => `/edit/${own}`,
  delete: ({ own }) => `/delete/${own}`,
};

for (const [name, path] of Object.entries(pages)) {
  test(name, async ({ reader, village }) => {
    await reader.visit(path(village));
    await reader.check(name);
  });
}

const visitors = {
  "public-person": () => "/@alice",
  "public-post": ({ shared }) => `/@alice/${shared}`,
  "public-photos": () => "/@alice/photos",
};

for (const [name, path] of Object.entries(visitors)) {
  test(name, async ({ page, village }, info) => {
    const visitor = new Reader(page, village.alice, info);
    await visitor.visit(path(village));
    await visitor.check(name);
  });
}

test.describe("in German", () => {
  test.use({ locale: "de-DE" });

  // Longer words than anywhere: what fits here fits.
  for (const name of ["home", "notifications", "search-found", "people", "space-members", "profile", "settings", "backup", "files", "file", "data", "access", "reach", "shortcuts"]) {
    test(`${name}, in German`, async ({ reader, village, colorScheme }) => {
      test.skip(colorScheme === "dark", "as long in the dark");
      await reader.visit(pages[name](village));
      await reader.check(`${name}-german`);
    });
  }
});

test("not here", async ({ reader }) => {
  await reader.visit("/nowhere", 404);
  await reader.check("error-404");
});

test("sign-in", async ({ page, village }, info) => {
  const stranger = new Reader(page, village.alice, info);
  await stranger.visit("/", 401);
  await stranger.check("sign-in");
  await stranger.visit("/sign-in?token=00", 403);
  await stranger.check("sign-in-refused");
});
