//! Posts, edits and profiles with photos; boosts.

use hearth_protocol::content::{
    Boost, Content, Edit, MediaType, Photo, PhotoKey, Picture, Post, Profile, Reference, Target,
};
use hearth_protocol::entry::EntryId;
use hearth_protocol::object::{Blob, ObjectId};
use serde_json::Value;

use crate::case::File;
use crate::cbor;
use crate::make_content::{raw, raw_target};
use crate::people::alices_place;

pub(crate) fn files() -> Vec<File> {
    vec![photos(), boosts()]
}

fn picture(number: u8, bytes: u64, (width, height): (u16, u16), media: MediaType) -> Picture {
    let root = ObjectId::from_bytes([number; 32]);
    let depth = u8::from(bytes > 1 << 20);
    Picture {
        blob: Blob { bytes, depth, root },
        media,
        width,
        height,
    }
}

fn photo(number: u8, alt: Option<&str>) -> Photo {
    Photo {
        key: PhotoKey::from_bytes([number; 32]),
        full: picture(number + 1, 3_000_000, (2560, 1707), MediaType::Jpeg),
        small: picture(number + 2, 60_000, (640, 427), MediaType::Jpeg),
        placeholder: vec![number; 24],
        alt: alt.map(str::to_owned),
    }
}

fn portrait() -> Photo {
    Photo {
        full: picture(2, 100_000, (512, 512), MediaType::Png),
        small: picture(3, 5_000, (96, 96), MediaType::Webp),
        placeholder: Vec::new(),
        ..photo(1, None)
    }
}

fn with(photos: Vec<Photo>) -> Post {
    Post {
        text: "Look".into(),
        photos,
        ..Post::default()
    }
}

fn photos() -> File {
    let mut file = File::new(
        "photo",
        "Posts, edits and profiles with photos or warnings, as content.",
    );
    let target = Target::from(alices_place(3));
    let profile = |picture| Profile {
        name: "Alice".into(),
        picture,
        ..Profile::default()
    };
    let edit = |text: &str, warning: Option<&str>, alts: &[Option<&str>]| Edit {
        target,
        text: text.into(),
        warning: warning.map(str::to_owned),
        alts: alts.iter().map(|alt| alt.map(str::to_owned)).collect(),
    };
    let warned = Post {
        warning: Some("Spiders".into()),
        ..with(Vec::new())
    };
    let wordless = Post {
        text: String::new(),
        ..with(vec![photo(1, Some("A hearth"))])
    };
    let long = Post {
        warning: Some("w".repeat(200)),
        ..with(vec![photo(1, Some(&"a".repeat(1500)))])
    };
    let eight = (0..8).map(|number| photo(10 * number, None)).collect();
    let gif = Photo {
        full: picture(2, 8 << 20, (1, 2560), MediaType::Gif),
        small: picture(3, 256 << 10, (1, 640), MediaType::Png),
        placeholder: vec![7; 32],
        ..photo(1, None)
    };
    let cases = [
        ("a warning", Content::Post(warned)),
        (
            "a photo that is described",
            Content::Post(with(vec![photo(1, Some("A hearth"))])),
        ),
        (
            "eight photos that need no words",
            Content::Post(with(eight)),
        ),
        ("a photo and no text", Content::Post(wordless)),
        ("the longest words", Content::Post(long)),
        ("the largest pictures", Content::Post(with(vec![gif]))),
        (
            "an edit of words on photos",
            Content::Edit(edit("Look!", None, &[Some("A fire"), None])),
        ),
        (
            "an edit without text",
            Content::Edit(edit("", Some("Fire"), &[None])),
        ),
        (
            "a profile with a picture",
            Content::Profile(profile(Some(portrait()))),
        ),
    ];
    for (name, content) in cases {
        file.valid(name, Value::Null, &content.to_bytes());
    }
    let by_hand = raw(
        2,
        &[
            cbor::text("Look"),
            cbor::null(),
            cbor::null(),
            cbor::array(&[raw_photo(1, &cbor::text("A hearth"))]),
        ],
    );
    assert_eq!(
        Content::Post(with(vec![photo(1, Some("A hearth"))])).to_bytes(),
        by_hand
    );
    for (name, reason, error, post) in refused_posts() {
        file.invalid(
            name,
            (reason, error),
            Value::Null,
            &Content::Post(post).to_bytes(),
        );
    }
    let picture = "Invalid: a picture is out of bounds";
    for (name, reason, wrong) in refused_portraits() {
        let bytes = Content::Profile(profile(Some(wrong))).to_bytes();
        file.invalid(name, (reason, picture), Value::Null, &bytes);
    }
    let refused = [
        (
            "an edit of nine",
            "8 at most",
            "Invalid: a post has at most 8 photos",
            edit("t", None, &[None; 9]),
        ),
        (
            "an edit to an empty alternative",
            "None stands for none",
            "Invalid: an alternative text has 1 to 1500 bytes",
            edit("t", None, &[Some("")]),
        ),
        (
            "an edit to an empty warning",
            "null stands for none",
            "Invalid: a warning has 1 to 200 bytes",
            edit("t", Some(""), &[]),
        ),
    ];
    for (name, reason, error, edit) in refused {
        file.invalid(
            name,
            (reason, error),
            Value::Null,
            &Content::Edit(edit).to_bytes(),
        );
    }
    refused_shapes(&mut file);
    file
}

/// [`photo`] by hand.
fn raw_photo(number: u8, alt: &[u8]) -> Vec<u8> {
    raw_photo_of(number, 1, alt)
}

fn raw_photo_of(number: u8, media: u64, alt: &[u8]) -> Vec<u8> {
    let picture = |root: u8, bytes, depth, media, width, height| {
        let blob = [
            cbor::uint(bytes),
            cbor::uint(depth),
            cbor::bytes([root; 32]),
        ];
        cbor::array(&[
            cbor::array(&blob),
            cbor::uint(media),
            cbor::uint(width),
            cbor::uint(height),
        ])
    };
    cbor::array(&[
        cbor::bytes([number; 32]),
        picture(number + 1, 3_000_000, 1, media, 2560, 1707),
        picture(number + 2, 60_000, 0, 1, 640, 427),
        cbor::bytes([number; 24]),
        alt.to_vec(),
    ])
}

fn refused_posts() -> Vec<(&'static str, &'static str, &'static str, Post)> {
    let bounds = "Invalid: a picture is out of bounds";
    let alt = "Invalid: an alternative text has 1 to 1500 bytes";
    let warning = "Invalid: a warning has 1 to 200 bytes";
    let one = |change: &dyn Fn(&mut Photo)| {
        let mut photo = photo(1, None);
        change(&mut photo);
        with(vec![photo])
    };
    let warned = |warning: String| Post {
        warning: Some(warning),
        ..with(Vec::new())
    };
    let nine = (0..9).map(|number| photo(10 * number, None)).collect();
    vec![
        (
            "nine photos",
            "8 at most",
            "Invalid: a post has at most 8 photos",
            with(nine),
        ),
        (
            "an empty warning",
            "null stands for none",
            warning,
            warned(String::new()),
        ),
        (
            "a warning of 201 bytes",
            "200 at most",
            warning,
            warned("w".repeat(201)),
        ),
        (
            "a warning and no text",
            "a text has a byte",
            "Invalid: a text has at least one character",
            Post {
                text: String::new(),
                ..warned("w".into())
            },
        ),
        (
            "an empty alternative",
            "null stands for none",
            alt,
            with(vec![photo(1, Some(""))]),
        ),
        (
            "an alternative of 1,501 bytes",
            "1,500 at most",
            alt,
            with(vec![photo(1, Some(&"a".repeat(1501)))]),
        ),
        (
            "a placeholder of 33 bytes",
            "32 at most",
            "Invalid: a placeholder has at most 32 bytes",
            one(&|photo| photo.placeholder = vec![0; 33]),
        ),
        (
            "no bytes",
            "a file has some",
            bounds,
            one(&|photo| photo.full = picture(2, 0, (9, 9), MediaType::Jpeg)),
        ),
        (
            "more than 8 MiB",
            "8 MiB at most",
            bounds,
            one(&|photo| photo.full = picture(2, (8 << 20) + 1, (9, 9), MediaType::Jpeg)),
        ),
        (
            "two levels of lists",
            "one is enough for 8 MiB",
            bounds,
            one(&|photo| photo.full.blob.depth = 2),
        ),
        (
            "no width",
            "1 at least",
            bounds,
            one(&|photo| photo.full.width = 0),
        ),
        (
            "2,561 wide",
            "2,560 at most",
            bounds,
            one(&|photo| photo.full.width = 2561),
        ),
        (
            "2,561 high",
            "2,560 at most",
            bounds,
            one(&|photo| photo.full.height = 2561),
        ),
        (
            "a small one of more than 256 KiB",
            "256 KiB at most",
            bounds,
            one(&|photo| photo.small.blob.bytes = (256 << 10) + 1),
        ),
        (
            "a small one in pieces",
            "it is one object",
            bounds,
            one(&|photo| photo.small.blob.depth = 1),
        ),
        (
            "a small one 641 wide",
            "640 at most",
            bounds,
            one(&|photo| photo.small.width = 641),
        ),
        (
            "a small one 641 high",
            "640 at most",
            bounds,
            one(&|photo| photo.small.height = 641),
        ),
    ]
}

fn refused_portraits() -> Vec<(&'static str, &'static str, Photo)> {
    let one = |change: &dyn Fn(&mut Photo)| {
        let mut photo = portrait();
        change(&mut photo);
        photo
    };
    let sides = |picture: &mut Picture, side| (picture.width, picture.height) = (side, side);
    vec![
        (
            "a picture of 513 pixels",
            "512 at most",
            one(&|photo| sides(&mut photo.full, 513)),
        ),
        (
            "a small picture of 97 pixels",
            "96 at most",
            one(&|photo| sides(&mut photo.small, 97)),
        ),
        (
            "a picture that isn't square",
            "it is as wide as high",
            one(&|photo| photo.full.width = 511),
        ),
        (
            "a small picture that isn't square",
            "it is as wide as high",
            one(&|photo| photo.small.height = 95),
        ),
        (
            "a picture in pieces",
            "it is one object",
            one(&|photo| photo.full.blob.depth = 1),
        ),
        (
            "a small picture of more than 64 KiB",
            "64 KiB at most",
            one(&|photo| photo.small.blob.bytes = (64 << 10) + 1),
        ),
    ]
}

fn refused_shapes(file: &mut File) {
    let with = |photo: Vec<u8>| {
        let photos = cbor::array(&[photo]);
        raw(2, &[cbor::text("t"), cbor::null(), cbor::null(), photos])
    };
    let edit = [raw_target(1, 0, 1), cbor::text("t")];
    let cases = [
        (
            "media 5",
            "unknown kind of file",
            "Version",
            with(raw_photo_of(1, 5, &cbor::null())),
        ),
        (
            "media 0",
            "unknown kind of file",
            "Version",
            with(raw_photo_of(1, 0, &cbor::null())),
        ),
        (
            "an alternative of bytes",
            "a text is no byte string",
            "NotCanonical",
            with(raw_photo(1, &cbor::bytes(b"hi"))),
        ),
        (
            "a photo without fields",
            "a photo has five",
            "Malformed",
            with(cbor::array(&[])),
        ),
        (
            "null for no photos",
            "an empty array stands for none",
            "Malformed",
            raw(
                2,
                &[cbor::text("t"), cbor::null(), cbor::null(), cbor::null()],
            ),
        ),
        (
            "a post of before",
            "fields are missing",
            "Malformed",
            raw(2, &[cbor::text("t"), cbor::null()]),
        ),
        (
            "an edit of before",
            "fields are missing",
            "Malformed",
            raw(3, &edit),
        ),
        (
            "a profile of before",
            "a field is missing",
            "Malformed",
            raw(1, &[cbor::text(""), cbor::text(""), cbor::boolean(false)]),
        ),
    ];
    for (name, reason, error, bytes) in cases {
        file.invalid(name, (reason, error), Value::Null, &bytes);
    }
}

fn boosts() -> File {
    let mut file = File::new("boost", "Boosts, as content.");
    let boost = |seq, on| {
        let target = Reference {
            place: alices_place(seq),
            id: EntryId::from_bytes([9; 32]),
        };
        Content::Boost(Boost { target, on }).to_bytes()
    };
    let raw_boost = |seq: u64, on: Vec<u8>| {
        let reference = cbor::array(&[
            cbor::bytes([1; 32]),
            cbor::bytes([2; 32]),
            cbor::uint(0),
            cbor::uint(seq),
            cbor::bytes([3; 32]),
        ]);
        raw(18, &[reference, on])
    };
    file.valid("a boost", Value::Null, &boost(3, true));
    file.valid("taken back", Value::Null, &boost(3, false));
    file.valid("by hand", Value::Null, &raw_boost(7, cbor::boolean(true)));
    let place = "Invalid: the place is out of bounds";
    let cases = [
        (
            "of sequence 2^40",
            "out of bounds",
            place,
            raw_boost(1 << 40, cbor::boolean(true)),
        ),
        (
            "of nothing",
            "a boost is of something",
            "Malformed",
            raw(18, &[cbor::null(), cbor::boolean(true)]),
        ),
        (
            "on is 1",
            "a boolean is no integer",
            "Malformed",
            raw_boost(0, cbor::uint(1)),
        ),
    ];
    for (name, reason, error, bytes) in cases {
        file.invalid(name, (reason, error), Value::Null, &bytes);
    }
    file
}
