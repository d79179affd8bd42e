//! Posts, and the pages on which they are read, written and answered.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let mut pages = home_pages(text, shell);
    let conversation = ThreadPage {
        posts: posts(text),
        focus: text.into(),
        missing_root: true,
        composer: composer(text),
    };
    let changed = EditPage {
        post: a_post(text),
        draft: text.into(),
        attached: Attached::Edited {
            warning: Some(text.into()),
            photos: photos(text),
        },
    };
    let kept = BookmarksPage {
        next: Some(text.into()),
        posts: vec![a_post(text)],
        missing: 3,
    };
    pages.extend([
        ("thread", thread(shell, &conversation)),
        ("edit", edit(shell, &changed)),
        ("delete", confirm_delete(shell, &a_post(text))),
        ("wider", confirm_wider(shell, &wider(text))),
        ("bookmarks", bookmarks(shell, &kept)),
    ]);
    pages
}

/// The timeline: its newest page and an older one, one without posts, and one by a list of people.
fn home_pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let filter = |kind, is_here| Filter {
        name: text.into(),
        href: "/?list=a".into(),
        kind,
        is_here,
    };
    let timeline = HomePage {
        posts: posts(text),
        composer: composer(text),
        filters: vec![
            filter(FilterKind::All, true),
            filter(FilterKind::Friends, false),
            filter(FilterKind::Private, false),
            filter(FilterKind::Space, false),
            filter(FilterKind::Direct, false),
        ],
        next: Some(text.into()),
        newest: Some(text.into()),
    };
    let older = HomePage {
        newest: None,
        ..timeline.clone()
    };
    let posted = Shell {
        notice: Some(Notice::Done(Done::Posted)),
        ..shell.clone()
    };
    let nothing = HomePage {
        posts: vec![],
        composer: fixed(text),
        filters: vec![],
        next: None,
        newest: None,
    };
    let on_list = HomePage {
        filters: vec![
            filter(FilterKind::All, false),
            filter(FilterKind::List, true),
        ],
        ..timeline.clone()
    };
    vec![
        ("home", home(shell, &timeline)),
        ("older", home(&posted, &older)),
        (
            "home without posts",
            home(&bare_in(shell.language), &nothing),
        ),
        ("list", home(shell, &on_list)),
    ]
}

fn wider(text: &str) -> WiderPage {
    let choice = |audience| Choice {
        value: text.into(),
        audience,
    };
    WiderPage {
        answered: a_post(text),
        draft: text.into(),
        narrow: choice(Audience::Shared(space_called(text))),
        wide: choice(Audience::Public),
        attached: attached(text),
    }
}

#[test]
fn text_survives_the_box_it_is_edited_in() {
    let text = "\n\nfirst lines are empty, and so is the last\n";
    let html = edit(
        &bare(),
        &EditPage {
            post: a_post(text),
            draft: String::new(),
            attached: Attached::default(),
        },
    );
    let box_text = html
        .split_once("<textarea")
        .unwrap()
        .1
        .split_once('>')
        .unwrap()
        .1;
    let box_text = box_text.split_once("</textarea>").unwrap().0;
    // HTML's parser drops the newline that follows the tag (HTML standard, "in body": textarea).
    assert_eq!(box_text.strip_prefix('\n').unwrap(), text);
}

#[test]
fn what_cannot_be_done_is_not_offered() {
    let other = Post {
        mine: false,
        ..a_post("Alice")
    };
    let html = posts_fragment(&bare(), &[other]);
    assert!(!html.contains("/edit/") && !html.contains("/delete/") && !html.contains("data-mine"));
    let html = posts_fragment(&bare(), &[a_post("Alice")]);
    assert!(
        html.contains("/edit/Alice")
            && html.contains("/delete/Alice")
            && html.contains("data-mine")
    );
    assert!(html.starts_with("<article") && html.ends_with("</article>"));
}

#[test]
fn a_choice_that_was_sent_comes_back_chosen() {
    let named = |value: &str, audience| Choice {
        value: value.into(),
        audience,
    };
    let page = HomePage {
        composer: Composer {
            draft: "as it was".into(),
            choices: vec![
                named("friends", Audience::Friends(None)),
                named("public", Audience::Public),
            ],
            chosen: "public".into(),
            attached: Attached::nothing_yet(),
        },
        posts: vec![],
        filters: vec![],
        next: None,
        newest: None,
    };
    let html = home(&bare(), &page);
    assert!(html.contains("value=\"public\" selected>Public</option>"));
    assert!(html.contains("Everybody may read this"));
}

#[test]
fn an_answer_to_more_people_is_asked_about() {
    let html = confirm_wider(&bare(), &wider("Alice"));
    assert!(html.contains("name=\"wider\" value=\"yes\""));
    assert_eq!(html.matches("name=\"audience\"").count(), 2);
    assert!(html.contains("Keep it among: "));
}

#[test]
fn long_posts_are_cut_in_lists_and_whole_in_their_conversation() {
    let post = Post {
        reply_to: None,
        ..a_post(&"line\n".repeat(30))
    };
    assert!(posts_fragment(&bare(), std::slice::from_ref(&post)).contains("Read the whole post"));
    let page = ThreadPage {
        focus: post.id.clone(),
        posts: vec![post],
        missing_root: false,
        composer: Composer::default(),
    };
    assert!(!thread(&bare(), &page).contains("Read the whole post"));
    assert!(!posts_fragment(&bare(), &[a_post("short")]).contains("Read the whole post"));
}

#[test]
fn only_the_newest_page_comes_alive() {
    let page = HomePage {
        posts: vec![a_post("Alice")],
        composer: fixed("x"),
        filters: vec![],
        next: None,
        newest: Some("7".into()),
    };
    let live = home(&bare(), &page);
    assert!(live.contains("data-live data-newest=\"7\"") && live.contains("action=\"/post\""));
    let older = home(
        &bare(),
        &HomePage {
            newest: None,
            ..page
        },
    );
    assert!(!older.contains("data-live") && older.contains("Back to the newest"));
}

#[test]
fn bookmarks_lead_on_to_older_ones() {
    let page = &every_page("a")["bookmarks"];
    assert!(page.contains("href=\"/bookmarks?before=a\""), "{page}");
}
