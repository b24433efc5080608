use super::*;
use crate::fixture::{Story, review, seal};
use crate::review::Verdict;

/// Records of two people, taking turns.
fn records() -> Vec<Record> {
    let mut story = Story::begin();
    story.drafts("r", None);
    story.goes(seal("r", "a"));
    let verdicts = [
        ("bob", Verdict::Approve),
        ("ada", Verdict::Approve),
        ("bob", Verdict::Comment),
    ];
    for (who, verdict) in verdicts {
        story
            .tries(who, review(who, "r", "a", verdict))
            .expect("an open release is reviewed");
    }
    story.records
}

#[test]
fn chains_of_several_people_hold() {
    let records = records();
    assert_eq!(verify_chain(&records), Ok(records.len() as u64));
    assert_eq!(verify_chain(&[]), Ok(0), "no records are a chain");
}

#[test]
fn whatever_is_changed_left_out_or_moved_is_found() {
    type Tamper = fn(&mut Vec<Record>);
    let cases: [(&str, Tamper, bool); 9] = [
        ("its time", |r| r[2].at.0 += 1, true),
        ("its author's name", |r| r[2].author.name.push('x'), true),
        ("its place", |r| r[2].seq += 1, true),
        ("its predecessor", |r| r[2].prev = None, true),
        ("its fact", |r| r[2].fact = r[3].fact.clone(), true),
        ("its identity", |r| r[2].id = r[3].id, true),
        ("left out", |r| drop(r.remove(1)), false),
        ("moved", |r| r.swap(2, 3), false),
        ("twice", |r| r.insert(1, r[0].clone()), false),
    ];
    for (what, tamper, is_changed) in cases {
        let mut records = records();
        tamper(&mut records);
        let error = verify_chain(&records).expect_err(what);
        let found = matches!(error, RecordError::Changed { .. });
        assert_eq!(found, is_changed, "{what}: {error}");
    }
}

#[test]
fn a_record_that_was_sealed_anew_breaks_its_chain() {
    let mut records = records();
    records[1].at.0 += 1;
    records[1].id = RecordId::of(&records[1].bytes());
    assert!(
        matches!(verify_chain(&records), Err(RecordError::Broken { .. })),
        "the next record names its old identity"
    );
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    for record in records() {
        let json = serde_json::to_string(&record).expect("plain data");
        let read: Record = serde_json::from_str(&json).expect("what was written");
        assert_eq!(read, record);
        assert_eq!(RecordId::of(&read.bytes()), record.id, "its bytes too");
    }
}

#[test]
fn people_are_read_from_a_name_and_a_mail_address() {
    let cases = [
        ("Ada <ada@example.com>", true),
        (" Ada L.  < ada@example.com > ", true),
        ("ada@example.com", false),
        ("<ada@example.com>", false),
        ("Ada <ada>", false),
        ("Ada <a b@example.com>", false),
        ("Ada <ada@example.com", false),
        ("Ada\n<ada@example.com>", false),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Person>().is_ok(), expected, "{text:?}");
    }
}
