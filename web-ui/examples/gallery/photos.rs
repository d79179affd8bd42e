//! Sample photos: drawings, so that no file need lie here.

use crate::people::alice_page;
use crate::samples::{bob, composer, named, post, quiet_shell, shell};
use hearth_web_ui::{
    AlbumPage, Attached, Composer, DraftPhoto, HomePage, Person, Photo, Post, Relation,
};
use std::path::Path;
use std::{fs, io};

/// Drawings of hills: a name, width and height, the sky's colours, the hills' colour.
const DRAWN: [(&str, u16, u16, [&str; 3]); 5] = [
    ("morning", 1600, 1067, ["#f7c59f", "#6d9dc5", "#355070"]),
    ("noon", 1200, 1600, ["#bde0fe", "#4895ef", "#386641"]),
    ("evening", 2400, 900, ["#ffb703", "#d62828", "#3d0c11"]),
    ("night", 1000, 1000, ["#2b2d42", "#14213d", "#000814"]),
    ("fog", 1500, 1000, ["#eeeeee", "#adb5bd", "#6c757d"]),
];

/// A placeholder as the node makes it: four by four colours of a morning.
const BLURRED: &str = "data:image/bmp;base64,Qk1mAAAAAAAAADYAAAAoAAAABAAAAAQAAAABABgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAcFA1cFA1cFA1cFA1oJJ8oJJ8oJJ8oJJ8xZ1txZ1txZ1txZ1tn8X3n8X3n8X3n8X3";

/// Writes the drawings under the addresses that pages have them from.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("photo"))?;
    for (name, width, height, [low, high, hills]) in DRAWN {
        let (w, h) = (f32::from(width), f32::from(height));
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="{high}"/><stop offset="1" stop-color="{low}"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#s)"/><circle cx="{}" cy="{}" r="{}" fill="{low}"/><path d="M0 {h} V{} Q{} {} {} {} T{w} {} V{h} Z" fill="{hills}"/></svg>"#,
            w * 0.7,
            h * 0.4,
            h * 0.1,
            h * 0.7,
            w * 0.25,
            h * 0.4,
            w * 0.5,
            h * 0.7,
            h * 0.6,
        );
        fs::write(folder.join("photo").join(format!("{name}.svg")), svg)?;
    }
    Ok(())
}

fn photo(index: usize, alt: Option<&str>) -> Photo {
    let (name, width, height, _) = DRAWN[index % DRAWN.len()];
    Photo {
        small: format!("/photo/{name}.svg"),
        full: format!("/photo/{name}.svg"),
        width,
        height,
        alt: alt.map(Into::into),
        placeholder: Some(BLURRED.into()),
        is_here: true,
    }
}

/// So many photos, each described.
pub(crate) fn some(count: usize) -> Vec<Photo> {
    let alt = Some("Hills under a wide sky, the sun low");
    (0..count).map(|index| photo(index, alt)).collect()
}

fn with_photos(id: &str, author: Person, minutes: u64, text: &str, count: usize) -> Post {
    Post {
        photos: some(count),
        ..post(id, author, minutes, text)
    }
}

fn posts() -> Vec<Post> {
    let mut posts = vec![with_photos(
        "p1",
        named("Alice"),
        3,
        "From the ridge this morning.",
        1,
    )];
    let tall = Post {
        photos: vec![photo(1, None)],
        ..post("p1b", named("Carol"), 7, "")
    };
    posts.push(tall);
    for count in 2..=8 {
        let minutes = 10 * count as u64;
        posts.push(with_photos(
            &format!("p{count}"),
            bob(),
            minutes,
            "The whole day.",
            count,
        ));
    }
    let waiting = |index| Photo {
        is_here: false,
        ..photo(index, None)
    };
    posts.push(Post {
        photos: vec![waiting(0), waiting(3)],
        ..post("w1", named("Carol"), 120, "Do you see these?")
    });
    posts.push(Post {
        photos: vec![waiting(2)],
        ..post("w2", named("Carol"), 125, "And this?")
    });
    posts.push(Post {
        warning: Some("A spider, and how the book ends".into()),
        ..with_photos("s1", named("Alice"), 240, "It was the gardener.", 2)
    });
    posts
}

fn attached(count: usize) -> Attached {
    let photos = (0..count).map(|index| DraftPhoto {
        draft: format!("draft{index}"),
        alt: if index == 0 {
            "Hills under a wide sky".into()
        } else {
            String::new()
        },
        needs_none: index == 1,
    });
    Attached::New {
        warning: (count > 1).then(|| "Heights".into()),
        photos: photos.collect(),
    }
}

fn home(posts: Vec<Post>, count: usize) -> HomePage {
    HomePage {
        posts,
        composer: Composer {
            attached: attached(count),
            ..composer("friends")
        },
        filters: vec![],
        next: None,
        newest: Some("1".into()),
    }
}

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let page = alice_page();
    let album = AlbumPage {
        person: page.person,
        relation: Relation::Friends,
        posts: posts(),
        next: Some("1".into()),
    };
    let none = AlbumPage {
        posts: vec![],
        next: None,
        ..album.clone()
    };
    vec![
        (
            "photos.html",
            hearth_web_ui::home(&shell(), &home(posts(), 0)),
        ),
        (
            "photos-chosen.html",
            hearth_web_ui::home(&quiet_shell(), &home(vec![], 3)),
        ),
        ("album.html", hearth_web_ui::album(&shell(), &album)),
        (
            "album-empty.html",
            hearth_web_ui::album(&quiet_shell(), &none),
        ),
    ]
}
