//! Capturing simulated shops.

use super::super::gid::PREFIX;
use super::World;

#[tokio::test]
async fn everything_is_captured_in_portable_form() {
    let world = World::of(&["northwind-development"]).await;
    let captured = world.captured("shop-a").await;
    for kind in [
        "metaobject-definition",
        "metafield-definition",
        "file",
        "metaobject",
        "product",
        "page",
        "blog",
        "article",
        "collection",
        "menu",
        "redirect",
        "translation",
    ] {
        let keys = captured.of_kind(kind);
        let first = keys
            .first()
            .map(|key| captured.json(key.as_str()).to_string());
        let first = first.unwrap_or_default();
        println!(
            "{kind} {} {:?} {}",
            keys.len(),
            keys.first(),
            &first[..first.len().min(600)]
        );
    }
    for note in &captured.notes {
        println!("note {}: {}", note.place, note.message);
    }
    println!(
        "theme {}",
        captured
            .documents
            .keys()
            .filter(|key| key.family() == "theme")
            .count()
    );
    for (key, bytes) in &captured.documents {
        let text = String::from_utf8_lossy(bytes);
        let ids: Vec<&str> = text
            .match_indices(PREFIX)
            .map(|(at, _)| &text[at..(at + 40).min(text.len())])
            .filter(|id| !id.contains("Taxonomy"))
            .collect();
        assert!(
            ids.is_empty() || key.family() == "theme",
            "{key} holds {ids:?}"
        );
        for volatile in ["updatedAt", "createdAt", "cursor", "checksum"] {
            assert!(
                !text.contains(&format!("\"{volatile}\"")),
                "{key} holds {volatile}"
            );
        }
    }
}
