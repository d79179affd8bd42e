//! Photos of posts and pictures of people.

use super::*;

/// Somebody's album: with all there can be in it, without a warning, without photos.
pub(super) fn pages(text: &str, shell: &Shell) -> [(&'static str, String); 3] {
    let of = |posts| AlbumPage {
        person: someone(text),
        relation: Relation::Me,
        posts,
        next: Some(text.into()),
    };
    let plain = Post {
        warning: None,
        ..a_post(text)
    };
    [
        ("album", album(shell, &of(posts(text)))),
        ("album without warning", album(shell, &of(vec![plain]))),
        ("album without photos", album(shell, &of(vec![]))),
    ]
}

#[test]
fn what_is_said_of_photos_is_told_and_what_needs_no_words_isnt() {
    let post = Post {
        warning: None,
        ..a_post("<Bob's \"cat\" & dog>")
    };
    let html = posts_fragment(&bare(), &[post]);
    let said = "alt=\"&lt;Bob's &quot;cat&quot; &amp; dog&gt;\"";
    let shown = tags_of(&html, "img src=\"/photo/");
    assert_eq!(shown.len(), 2, "what isn't here isn't asked for");
    assert!(shown[0].contains(said) && shown[1].contains("alt=\"\""));
    for link in tags_of(&html, "a class=\"photo\"") {
        let named = link.contains("aria-label=") || link.contains(&said.replace("alt", "data-alt"));
        assert!(named, "<{link}>");
    }
    assert_eq!(html.matches("hasn’t arrived here yet.</span>").count(), 2);
}

#[test]
fn what_stands_behind_a_warning_is_closed_and_the_warning_is_escaped() {
    let html = posts_fragment(&bare(), &[a_post("<i>spoiler</i>")]);
    let (before, behind) = html.split_once("<details class=\"warned\">").unwrap();
    assert!(!before.contains("class=\"text\"") && !before.contains("/photo/"));
    assert!(behind.contains("&lt;i&gt;spoiler&lt;/i&gt;"));
    assert!(!html.contains("<i>"));
}

#[test]
fn a_post_of_photos_alone_has_no_empty_text() {
    let post = Post {
        text: String::new(),
        ..a_post("x")
    };
    assert!(!posts_fragment(&bare(), &[post]).contains("class=\"text"));
}

#[test]
fn people_with_pictures_are_shown_with_them() {
    let me = Person {
        picture: Some("a+b/c".into()),
        ..someone("Alice")
    };
    let html = face::face(&me, face::Size::Large).into_string();
    assert!(
        html.contains("src=\"/portrait/Alice/full?v=a%2Bb%2Fc\""),
        "{html}"
    );
    assert!(html.contains("alt=\"\"") && html.contains("aria-hidden=\"true\""));
}

#[test]
fn the_box_takes_photos_where_posts_are_written() {
    let page = |attached| HomePage {
        composer: Composer {
            attached,
            ..composer("x")
        },
        posts: vec![],
        filters: vec![],
        next: None,
        newest: None,
    };
    let html = home(&bare(), &page(attached("<b>")));
    let writing = html.split("class=\"card writing\"").nth(1).unwrap();
    let writing = writing.split("</form>").next().unwrap();
    assert!(writing.starts_with(" enctype=\"multipart/form-data\""));
    let token = writing.find("name=\"csrf\"").unwrap();
    assert!(
        token < writing.find("type=\"file\"").unwrap(),
        "the token comes before files"
    );
    assert!(writing.contains("name=\"photo-0\"") && writing.contains("name=\"plain-0\""));
    // The Enter key in a field sends the post; it doesn't take a photo away.
    let first = writing.split("type=\"submit\"").next().unwrap();
    assert!(first.ends_with("<button class=\"hidden\" "));
    assert!(!home(&bare(), &page(Attached::Nothing)).contains("multipart"));
}
