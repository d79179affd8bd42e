//! The pages about who reads what, and about people: every form, on real nodes.

use crate::browser::{Browser, csrf};
use crate::harness::{Home, Node, until};

fn browser_of(node: &Node<'_>) -> Browser {
    Browser::signed_in(node, node.ready["web"].as_str().unwrap())
}

/// Where a redirect leads, without what it says about the action.
fn page_of(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap()
}

/// Sends a form of `page` and follows it: the page that says what was done.
#[track_caller]
fn done(browser: &Browser, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.submit(page, action, fields);
    let location = answer.leads_to().split('#').next().unwrap().to_owned();
    assert!(location.contains("done="), "{action}: {location}");
    let shown = browser.page(&location);
    assert!(
        shown.contains("class=\"notice good\""),
        "{location}: {shown}"
    );
    shown
}

/// The article of a post on a page.
#[track_caller]
fn card<'a>(page: &'a str, text: &str) -> &'a str {
    let cards = page.split("<article").skip(1);
    let mut cards = cards.map(|card| card.split("</article>").next().unwrap());
    cards
        .find(|card| card.contains(text))
        .unwrap_or_else(|| panic!("no card says {text:?}: {page}"))
}

/// What a box offers as audiences: their values, the chosen one first.
fn offered(page: &str) -> Vec<String> {
    let Some(list) = page.split("<select id=\"audience\"").nth(1) else {
        return Vec::new();
    };
    let list = list.split("</select>").next().unwrap();
    let mut options: Vec<(bool, String)> = list
        .split("<option")
        .skip(1)
        .map(|option| {
            let value = option.split("value=\"").nth(1).unwrap();
            let tag = option.split('>').next().unwrap();
            (
                !tag.ends_with(" selected"),
                value.split('"').next().unwrap().to_owned(),
            )
        })
        .collect();
    options.sort_by_key(|(other, _)| *other);
    options.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn forms_of_others_do_nothing() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let id = home.post("Tea.");
    let space = "0".repeat(64);
    let token = csrf(&browser.page("/"));
    let mut actions: Vec<String> = [
        "post",
        "react",
        "bookmark",
        "boost",
        "petname",
        "mute",
        "block",
        "list",
        "settings",
        "knock",
        "accept",
        "decline",
        "spaces/create",
        "spaces/join",
    ]
    .iter()
    .map(|action| format!("/{action}"))
    .collect();
    let verbs = [
        "add", "remove", "promote", "rename", "leave", "invite", "uninvite", "dismiss",
    ];
    actions.extend(verbs.iter().map(|verb| format!("/spaces/{space}/{verb}")));
    for action in &actions {
        let fields = [
            ("id", id.as_str()),
            ("on", "👍"),
            ("text", "not mine"),
            ("name", "x"),
            ("audience", "public"),
        ];
        let with = |token| [&fields[..], &[("csrf", token)]].concat();
        assert_eq!(
            browser.send_form(action, &fields, &[]).status,
            403,
            "{action}"
        );
        let wrong = "0".repeat(64);
        assert_eq!(
            browser.send_form(action, &with(&wrong), &[]).status,
            403,
            "{action}"
        );
        for header in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let refused = browser.send_form(action, &with(&token), &[header]);
            assert_eq!(refused.status, 403, "{action} {header:?}");
        }
        let stranger = Browser::of(&node);
        assert_eq!(
            stranger.send_form(action, &with(&token), &[]).status,
            401,
            "{action}"
        );
        assert_eq!(
            browser.get(action).status,
            match action.as_str() {
                "/spaces/create" | "/spaces/join" => 404,
                // A page of its own.
                "/settings" => 200,
                _ => 405,
            },
            "{action}"
        );
    }
    assert_eq!(home.texts(&["timeline"]), ["Tea."]);
    let page = browser.page("/");
    assert!(!page.contains("class=\"reactions\"") || !page.contains("aria-pressed=\"true\""));
    assert_eq!(home.ask(&["bookmark"]), serde_json::json!([]));
}

/// `id`: of a public post of somebody else's.
fn what_is_boosted_says_so(browser: &Browser, id: &str) {
    let boost = |on| [("id", id), ("on", on), ("back", "/")];
    let page = done(browser, "/", "/boost", &boost("yes"));
    let boosted = card(&page, "Bread is out.");
    assert!(
        boosted.contains("Boosted · undo") && boosted.contains("by one person"),
        "{boosted}"
    );
    let page = done(browser, "/", "/boost", &boost(""));
    assert!(!card(&page, "Bread is out.").contains("Boosted"));
    // What is for nobody else can't be boosted, and doesn't offer it.
    let private = [("text", "Only me."), ("audience", "private"), ("back", "/")];
    let page = done(browser, "/", "/post", &private);
    assert!(!card(&page, "Only me.").contains("/boost"), "{page}");
}

/// A name that one gives somebody stands everywhere in place of theirs, but for others' eyes.
fn names_that_one_gives_are_ones_own(alice: &Home, bob: &Home, browser: &Browser) {
    let key = bob.identity();
    let person = format!("/person/{key}");
    alice.ask(&["post", "--public", "--", &format!("Thanks, @{key}!")]);
    let mention = |name: &str| format!("title=\"{key}\">@<bdi>{name}</bdi></a>!");
    let page = browser.page("/");
    assert!(page.contains(&mention("Bob")), "{page}");
    let page = done(
        browser,
        &person,
        "/petname",
        &[("key", &key), ("name", " Bobby <the> baker ")],
    );
    assert!(
        page.contains("Bobby &lt;the&gt; baker</bdi></h1>"),
        "{page}"
    );
    assert!(
        page.contains("Calls themselves <bdi dir=\"auto\">Bob</bdi>"),
        "{page}"
    );
    let page = browser.page("/");
    assert!(page.contains(&mention("Bobby &lt;the&gt; baker")), "{page}");
    assert_eq!(
        alice.ask(&["petname"])[0]["petname"],
        "Bobby <the> baker",
        "by the command as well"
    );
    assert_eq!(
        alice.ask(&["timeline", "--limit", "9"])[0]["mentioned"][0]["name"],
        "Bobby <the> baker"
    );
    // It is found by both names.
    for words in ["baker", "bob"] {
        let found = alice.ask(&["search", words]);
        assert_eq!(found["people"][0]["identity"], key.as_str(), "{words}");
        let offers = browser.page(&format!("/complete?q=%40{words}"));
        assert!(offers.contains(&key), "{offers}");
    }
    // Visitors read the name that Bob has.
    let public = browser.page("/@alice");
    assert!(
        public.contains("@<bdi>Bob</bdi></span>!") && !public.contains("baker"),
        "{public}"
    );
    assert!(!browser.page("/@alice/feed.atom").contains("baker"));
    // Too long a name comes back to be shortened, as does one for oneself.
    let long = "b".repeat(300);
    let refused = browser.submit(&person, "/petname", &[("key", &key), ("name", &long)]);
    assert!(
        refused.status == 400 && refused.body.contains(&long),
        "{refused:?}"
    );
    alice
        .run(&["petname", &alice.identity(), "Myself"])
        .refused(2, "your own key");
    alice.ask(&["petname", &key, "--undo"]);
    assert!(!browser.page(&person).contains("baker"));
}

#[test]
fn what_one_keeps_and_hides_works_by_forms() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    let browser = browser_of(&at_alice);
    let key = bob.identity();
    let person = format!("/person/{key}");
    let shown = done(
        &browser,
        "/people",
        "/follow",
        &[("key", &bob.link()), ("private", "yes")],
    );
    assert!(shown.contains("You follow them in private"), "{shown}");
    let said = bob.ask_with(&["post", "--public", "-"], "Bread is out.".as_bytes());
    let id = said["id"].as_str().unwrap();
    until("Bob's post is there", || {
        browser.page("/").contains("Bread is out.").then_some(())
    });

    let fields = [("id", id), ("on", "👍"), ("back", "/")];
    let page = done(&browser, "/", "/react", &fields);
    let pressed = card(&page, "Bread is out.");
    assert!(
        pressed.contains("aria-pressed=\"true\"") && pressed.contains("👍</bdi> 1"),
        "{pressed}"
    );
    let page = done(
        &browser,
        "/",
        "/react",
        &[("id", id), ("off", "👍"), ("back", "/")],
    );
    assert!(!card(&page, "Bread is out.").contains("aria-pressed=\"true\""));
    assert_eq!(
        browser
            .submit("/", "/react", &[("id", id), ("on", "not an emoji")])
            .status,
        400
    );

    what_is_boosted_says_so(&browser, id);
    names_that_one_gives_are_ones_own(&alice, &bob, &browser);

    // What a form says about where it came from never leads elsewhere.
    for back in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "",
    ] {
        let answer = browser.submit(
            "/",
            "/bookmark",
            &[("id", id), ("on", "yes"), ("back", back)],
        );
        assert_eq!(page_of(answer.leads_to()), "/", "{back}");
    }
    assert!(card(&browser.page("/bookmarks"), "Bread is out.").contains("· bookmarked"));
    done(
        &browser,
        "/bookmarks",
        "/bookmark",
        &[("id", id), ("on", ""), ("back", "/bookmarks")],
    );
    assert!(browser.page("/bookmarks").contains("Nothing kept yet"));

    let on_list = [
        ("key", key.as_str()),
        ("name", "Bakers & <friends>"),
        ("on", "yes"),
    ];
    let shown = done(&browser, &person, "/list", &on_list);
    assert!(shown.contains("Bakers &amp; &lt;friends&gt;"), "{shown}");
    let list = "/?list=Bakers%20%26%20%3Cfriends%3E";
    assert!(browser.page("/").contains(list) && browser.page(list).contains("Bread is out."));
    done(
        &browser,
        &person,
        "/list",
        &[on_list[0], on_list[1], ("on", "")],
    );
    assert_eq!(browser.get(list).status, 404);

    let switch = |on| [("key", key.as_str()), ("on", on), ("back", "/quiet")];
    let shown = done(&browser, &person, "/mute", &switch("yes"));
    assert!(shown.contains("Unmute") && !browser.page("/").contains("Bread is out."));
    assert!(
        browser.page(&person).contains("Bread is out."),
        "on their own page they show"
    );
    done(&browser, "/quiet", "/mute", &switch(""));
    assert!(browser.page("/").contains("Bread is out."));
    let shown = done(&browser, &person, "/block", &switch("yes"));
    assert!(shown.contains("Unblock") && !browser.page("/").contains("Bread is out."));
    assert!(browser.page(&person).contains("You blocked them"));
    done(&browser, "/quiet", "/block", &switch(""));
    assert!(browser.page("/quiet").contains("Nobody is blocked."));
}

#[test]
fn the_audience_is_chosen_and_stays_chosen() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    assert_eq!(
        offered(&browser.page("/"))[..3],
        ["friends", "public", "private"]
    );

    for (value, words) in [
        ("friends", "Friends"),
        ("public", "Public"),
        ("private", "Only you"),
    ] {
        let text = format!("This is for {value}.");
        let page = done(
            &browser,
            "/",
            "/post",
            &[("text", &text), ("audience", value)],
        );
        let badge = card(&page, &text)
            .split("class=\"audience ")
            .nth(1)
            .unwrap();
        assert!(
            badge.contains("<svg") && badge.split("</bdi>").next().unwrap().contains(words),
            "{badge}"
        );
        assert_eq!(home.ask(&["timeline"])[0]["audience"], value);
    }
    for value in ["friends", "private"] {
        let page = browser.page(&format!("/spaces/{value}"));
        assert_eq!(page.matches("<article").count(), 1, "{page}");
        card(&page, &format!("This is for {value}."));
    }
    // A text that isn't taken comes back with those it was for.
    let long = "too long ".repeat(2_000);
    for value in ["public", "private", "friends"] {
        let refused = browser.submit("/", "/post", &[("text", &long), ("audience", value)]);
        assert_eq!(
            (refused.status, offered(&refused.body)[0].as_str()),
            (400, value)
        );
    }
    // What was for somebody that is gone isn't for others now.
    let gone = "0".repeat(64);
    let refused = browser.submit("/", "/post", &[("text", "For few."), ("audience", &gone)]);
    assert!(
        refused.status >= 400 && refused.body.contains("For few."),
        "{refused:?}"
    );
    assert_eq!(offered(&refused.body)[0], "private");
    let refused = browser.submit(
        "/",
        "/post",
        &[
            ("text", "For few."),
            ("audience", "there"),
            ("reply_to", &gone),
        ],
    );
    assert!(refused.body.contains("For few.") && offered(&refused.body)[0] == "private");

    done(
        &browser,
        "/settings",
        "/settings",
        &[("part", "posts"), ("audience", "public")],
    );
    assert_eq!(offered(&browser.page("/"))[0], "public");
}

#[test]
fn an_answer_to_more_people_is_asked_about_first() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let parent = home.ask_with(&["post", "--private", "-"], b"A thought.");
    let parent = parent["id"].as_str().unwrap();
    let thread = format!("/thread/{parent}");
    assert_eq!(offered(&browser.page(&thread)), ["there", "public"]);

    let reply = |more: &[(&str, &str)]| {
        let fields = [("text", "Out with it."), ("reply_to", parent)];
        browser.submit(&thread, "/post", &[&fields[..], more].concat())
    };
    let asked = reply(&[("audience", "public")]);
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("Shall more people read") && asked.body.contains("Out with it."));
    assert_eq!(
        home.texts(&["timeline"]),
        ["A thought."],
        "nothing was posted"
    );

    reply(&[("audience", "there")]).leads_to();
    let timeline = home.ask(&["timeline"]);
    assert_eq!(
        (&timeline[0]["text"], &timeline[0]["audience"]),
        (&"Out with it.".into(), &"private".into())
    );
    reply(&[("audience", "public"), ("wider", "yes")]).leads_to();
    assert_eq!(home.ask(&["timeline"])[0]["audience"], "public");
}

#[test]
fn knocks_are_made_and_answered_by_forms() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let (at_alice, at_bob, at_carol) = (alice.up(), bob.up(), carol.up());
    let (alices, bobs, carols) = (
        browser_of(&at_alice),
        browser_of(&at_bob),
        browser_of(&at_carol),
    );
    let refused = bobs.submit(
        "/people",
        "/knock",
        &[
            ("key", "hearth1nobody"),
            ("text", "It's me."),
            ("back", "/people"),
        ],
    );
    assert!(
        refused.status == 400 && refused.body.contains("It's me."),
        "{refused:?}"
    );

    let link = alice.link();
    let fields = [
        ("key", link.as_str()),
        ("text", "<b>Bob</b> from the canal."),
        ("back", "/people"),
    ];
    let shown = done(&bobs, "/people", "/knock", &fields);
    assert!(shown.contains("You knocked"), "{shown}");
    let asking = until("Bob's knock is there", || {
        let page = alices.page("/people");
        page.contains("&lt;b&gt;Bob&lt;/b&gt; from the canal.")
            .then_some(page)
    });
    assert!(asking.contains("Somebody knocks") && asking.contains("waits for your answer"));
    let key = bob.identity();
    assert!(
        alices
            .page(&format!("/person/{key}"))
            .contains("They knocked")
    );
    let shown = done(&alices, "/people", "/accept", &[("key", &key)]);
    assert!(
        shown.contains("You are friends") && !alices.page("/people").contains("Somebody knocks")
    );
    until("Bob knows that they are friends", || {
        bobs.page("/people")
            .contains("Friends: you follow each other")
            .then_some(())
    });

    done(
        &carols,
        "/people",
        "/knock",
        &[("key", &link), ("text", ""), ("back", "/people")],
    );
    until("Carol's knock is there", || {
        alices
            .page("/people")
            .contains("Somebody knocks")
            .then_some(())
    });
    let shown = done(
        &alices,
        "/people",
        "/decline",
        &[("key", &carol.identity())],
    );
    assert!(!shown.contains("Somebody knocks"));
}

#[test]
fn spaces_are_looked_after_by_forms() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (browser_of(&at_alice), browser_of(&at_bob));
    become_friends(&alice, &bob);
    let (alices_key, bobs_key) = (alice.identity(), bob.identity());

    let refused = alices.submit(
        "/spaces",
        "/spaces/create",
        &[("name", "Club"), ("members", "hearth1nobody")],
    );
    assert!(
        refused.status == 400
            && refused.body.contains("hearth1nobody")
            && refused.body.contains("Club")
    );
    let answer = alices.submit(
        "/spaces",
        "/spaces/create",
        &[("name", "Book <club>"), ("members", &bobs_key)],
    );
    let space = page_of(answer.leads_to()).to_owned();
    let id = space.rsplit('/').next().unwrap().to_owned();
    let page = alices.page(&space);
    assert!(page.contains("Book &lt;club&gt;") && page.contains("You are an admin"));
    assert!(page.contains("Only members of Book &lt;club&gt; will read this."));
    assert!(
        offered(&alices.page("/")).contains(&id),
        "it can be chosen at home"
    );

    // What isn't taken comes back on the space's own page, still for its members.
    let text = [("audience", id.as_str()), ("back", space.as_str())];
    let long = "too long ".repeat(2_000);
    let refused = alices.submit(&space, "/post", &[text[0], text[1], ("text", &long)]);
    assert!(refused.status == 400 && refused.body.contains(long.trim_end()));
    assert!(
        refused
            .body
            .contains(&format!("name=\"audience\" value=\"{id}\""))
    );
    let posted = alices.submit(
        &space,
        "/post",
        &[text[0], text[1], ("text", "Chapter nine!")],
    );
    assert_eq!(page_of(posted.leads_to()), space);
    let shown = alices.page(&space);
    assert!(card(&shown, "Chapter nine!").contains("Book &lt;club&gt;"));
    assert_eq!(alice.ask(&["timeline"])[0]["space"], id.as_str());

    until("Bob reads it", || {
        bobs.get(&space)
            .body
            .contains("Chapter nine!")
            .then_some(())
    });
    let at_bobs = bobs.page("/");
    assert!(card(&at_bobs, "Chapter nine!").contains("Book &lt;club&gt;"));
    let first = alice.ask(&["timeline"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let thread = format!("/thread/{first}");
    assert_eq!(offered(&bobs.page(&thread)), ["there", "public"]);
    let asked = bobs.submit(
        &thread,
        "/post",
        &[
            ("text", "No spoilers."),
            ("reply_to", &first),
            ("audience", "public"),
        ],
    );
    assert!(
        asked.status == 200 && asked.body.contains("Book &lt;club&gt;"),
        "{asked:?}"
    );
    bobs.submit(
        &thread,
        "/post",
        &[
            ("text", "No spoilers."),
            ("reply_to", &first),
            ("audience", "there"),
        ],
    )
    .leads_to();
    until("Alice reads the answer", || {
        alices.page(&space).contains("No spoilers.").then_some(())
    });
    assert_eq!(bob.ask(&["thread", &first])[0]["space"], id.as_str());

    let members = format!("{space}/members");
    let at_bobs = bobs.page(&members);
    assert!(!at_bobs.contains("/promote") && at_bobs.contains("Only admins"));
    let refused = bobs.submit(&members, &format!("{space}/rename"), &[("name", "Mine")]);
    assert!(
        refused.status == 400 || refused.status == 303,
        "{refused:?}"
    );
    let shown = done(
        &alices,
        &members,
        &format!("{space}/rename"),
        &[("name", "Book club")],
    );
    assert!(shown.contains(">Book club<"));
    let refused = alices.submit(
        &members,
        &format!("{space}/add"),
        &[("key", "hearth1nobody")],
    );
    assert!(refused.status == 400 && refused.body.contains("value=\"hearth1nobody\""));
    done(
        &alices,
        &members,
        &format!("{space}/promote"),
        &[("key", &bobs_key)],
    );
    until("Bob is an admin", || {
        bobs.page(&space).contains("You are an admin").then_some(())
    });
    done(
        &alices,
        &members,
        &format!("{space}/remove"),
        &[("key", &bobs_key)],
    );
    until("Bob is out", || {
        (!bobs.page("/spaces").contains(&format!("href=\"{space}\""))).then_some(())
    });
    done(
        &alices,
        &members,
        &format!("{space}/add"),
        &[("key", &bobs_key), ("past", "yes")],
    );
    until("Bob is in again", || {
        bobs.page("/spaces")
            .contains(&format!("href=\"{space}\""))
            .then_some(())
    });
    let answer = bobs.submit(&members, &format!("{space}/leave"), &[]);
    assert_eq!(page_of(answer.leads_to()), "/spaces");
    // Beside it stand Alice's friends, and Bob is still one.
    let listed = || {
        let page = alices.page(&members);
        let list = page.split("In this space ").nth(1).unwrap();
        list.split("</ul>").next().unwrap().to_owned()
    };
    until("Alice sees that Bob left", || {
        (!listed().contains(&bobs_key)).then_some(())
    });
    assert!(listed().contains(&alices_key));
}

#[test]
fn a_space_is_joined_by_a_link() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (browser_of(&at_alice), browser_of(&at_bob));
    let answer = alices.submit(
        "/spaces",
        "/spaces/create",
        &[("name", "Book club"), ("members", "")],
    );
    let space = page_of(answer.leads_to()).to_owned();
    let members = format!("{space}/members");
    let invite = format!("{space}/invite");
    let refused = alices.submit(&members, &invite, &[("uses", "0"), ("expires", "7d")]);
    assert!(refused.status == 400 && refused.body.contains("say for how many"));
    let shown = done(
        &alices,
        &members,
        &invite,
        &[("uses", "1"), ("expires", "7d")],
    );
    let (id, link) = invitation(&shown);
    assert!(shown.contains("0 of 1 joined by this"));

    let refused = bobs.submit("/spaces", "/spaces/join", &[("link", "hearth:nothing")]);
    assert!(refused.status == 400 && refused.body.contains("value=\"hearth:nothing\""));
    done(&bobs, "/spaces", "/spaces/join", &[("link", &link)]);
    until("Bob is in", || {
        bobs.page("/spaces")
            .contains(&format!("href=\"{space}\""))
            .then_some(())
    });
    assert!(bobs.page(&space).contains("You are a member"));
    until("the link is used up", || {
        alices
            .page(&members)
            .contains("1 of 1 joined by this")
            .then_some(())
    });

    let shown = done(
        &alices,
        &members,
        &format!("{space}/uninvite"),
        &[("invite", &id)],
    );
    assert!(!shown.contains("joined by this"));

    // Who comes too late reads why.
    let carol = Home::new("Carol");
    let at_carol = carol.up();
    let carols = browser_of(&at_carol);
    done(&carols, "/spaces", "/spaces/join", &[("link", &link)]);
    let shown = until("Carol is told", || {
        let shown = carols.page("/spaces");
        shown.contains("You couldn’t join").then_some(shown)
    });
    assert!(shown.contains("This link was taken back: ask for another one."));
    assert!(!shown.contains("Waiting to be let in"));
    let dismissed = carols.submit("/spaces", &format!("{space}/dismiss"), &[]);
    assert_eq!(dismissed.leads_to(), "/spaces");
    assert!(!carols.page("/spaces").contains("You couldn’t join"));

    // Who was a member and asks again waits like others.
    let limits = [("uses", "1"), ("expires", "7d")];
    let (_, link) = invitation(&done(&alices, &members, &invite, &limits));
    alice.ask(&["space", "remove", "Book club", &bob.identity()]);
    until("Bob is out", || {
        bobs.page("/spaces").contains(">Left <").then_some(())
    });
    at_alice.stop();
    done(&bobs, "/spaces", "/spaces/join", &[("link", &link)]);
    let shown = bobs.page("/spaces");
    assert!(shown.contains("Waiting to be let in") && shown.contains("Book club"));
    assert!(!shown.contains(">Left <"));
}

/// The id and the link of the first invitation on a page.
fn invitation(page: &str) -> (String, String) {
    let field = page
        .split("<input id=\"invite-")
        .nth(3)
        .unwrap_or_else(|| panic!("no link: {page}"));
    let id = field.split('"').next().unwrap().to_owned();
    let link = field
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    (id, link.replace("&amp;", "&"))
}

#[test]
fn two_people_write_to_each_other_alone() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (browser_of(&at_alice), browser_of(&at_bob));
    become_friends(&alice, &bob);
    let (alices_key, bobs_key) = (alice.identity(), bob.identity());
    let (to_bob, to_alice) = (format!("/with/{bobs_key}"), format!("/with/{alices_key}"));
    assert!(
        alices
            .page(&format!("/person/{bobs_key}"))
            .contains(&to_bob)
    );
    let page = alices.page(&to_bob);
    assert!(page.contains("Only you and Bob will read this."), "{page}");
    let fields = [
        ("text", "Just us."),
        ("audience", bobs_key.as_str()),
        ("back", to_bob.as_str()),
    ];
    let shown = done(&alices, &to_bob, "/post", &fields);
    assert!(card(&shown, "Just us.").contains("You and Bob"));
    until("Bob reads it", || {
        bobs.page(&to_alice).contains("Just us.").then_some(())
    });
    assert!(card(&bobs.page(&to_alice), "Just us.").contains("You and Alice"));
    assert!(
        bobs.page("/spaces")
            .contains(&format!("href=\"{to_alice}\""))
    );
    assert_eq!(alices.get(&format!("/with/{alices_key}")).status, 404);
}

/// Both follow each other, and both know.
fn become_friends(alice: &Home, bob: &Home) {
    alice.ask(&["follow", &bob.link()]);
    bob.ask(&["follow", &alice.link()]);
    for home in [alice, bob] {
        until("they are friends", || {
            let following = home.ask(&["following"]);
            (following[0]["state"] == "friends").then_some(())
        });
    }
}

#[test]
fn devices_are_told_of() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let page = browser.page("/devices");
    let device = home.ask_text(&["id"], "device");
    assert!(page.contains(&device) && page.contains("This machine") && page.contains("In use"));
    assert_eq!(browser.send_form("/devices", &[], &[]).status, 405);
}
