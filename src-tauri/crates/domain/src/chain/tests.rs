use super::*;
use crate::device::Signature;
use crate::fixture::{self, Story, review, seal};
use crate::ids::Millis;
use crate::person::Person;
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

/// The record with other bytes, as somebody would write them into a file.
fn changed(record: &Record, change: impl FnOnce(String) -> String) -> Record {
    let text = String::from_utf8(record.bytes().to_vec()).expect("JSON");
    let bytes = change(text).into_bytes();
    Record::read(record.format(), bytes, record.signature().cloned()).expect("a record")
}

/// The same, signed anew with somebody's key.
fn signed_anew(record: &Record, who: &str) -> Signature {
    let message = [b"slipway-record-v1\n", record.bytes()].concat();
    fixture::key(who).sign(&message)
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
    let cases: [(&str, Tamper); 7] = [
        ("its time", |r| {
            r[3] = changed(&r[3], |text| text.replace(r#""at":"#, r#""at":9"#));
        }),
        ("its fact", |r| {
            r[4] = changed(&r[4], |text| text.replace("shop", "live"));
        }),
        ("what its author had seen", |r| {
            let other = r[0].id.to_string();
            let seen = r[4].seen.expect("it had seen some").to_string();
            r[4] = changed(&r[4], |text| text.replace(&seen, &other));
        }),
        ("its signature", |r| {
            let signature = r[3].signature().cloned();
            r[4] = Record::read(r[4].format(), r[4].bytes(), signature).expect("a record");
        }),
        ("left out", |r| drop(r.remove(2))),
        ("moved", |r| r.swap(3, 4)),
        ("twice", |r| r.insert(1, r[0].clone())),
    ];
    for (what, tamper) in cases {
        let mut records = records();
        tamper(&mut records);
        assert!(verify_chain(&records).is_err(), "{what}");
    }
}

#[test]
fn who_signs_anew_what_they_changed_breaks_the_chain_or_is_a_stranger() {
    let mut changed_by_itself = records();
    let other = changed(&changed_by_itself[3], |text| {
        text.replace(r#""at":"#, r#""at":9"#)
    });
    let signature = signed_anew(&other, "ada");
    changed_by_itself[3] =
        Record::read(other.format(), other.bytes(), Some(signature)).expect("a record");
    let found = verify_chain(&changed_by_itself);
    assert!(
        matches!(found, Err(RecordError::Broken { .. })),
        "{found:?}"
    );

    let mut forged = records();
    let last = forged.len() - 1;
    let signature = signed_anew(&forged[last], "mallory");
    forged[last] = Record::read(forged[last].format(), forged[last].bytes(), Some(signature))
        .expect("a record");
    let found = verify_chain(&forged);
    assert!(
        matches!(found, Err(RecordError::Changed { .. })),
        "{found:?}"
    );
}

#[test]
fn records_of_another_workspace_do_not_belong() {
    let mut records = records();
    let other = {
        let mut story = Story::begin();
        let new_id = || "elsewhere".to_owned();
        let mut state = State::default();
        let facts = vec![Fact::EnvironmentRemoved {
            environment: fixture::place("shop"),
        }];
        let (elsewhere, _) = state.record(
            &fixture::person("cy"),
            &fixture::key("cy"),
            Millis(1),
            facts,
            new_id,
        );
        story.records = elsewhere;
        story.records
    };
    records.extend(other);
    let found = verify_chain(&records);
    assert!(
        matches!(found, Err(RecordError::Foreign { .. })),
        "{found:?}"
    );
}

/// Records as they were before there were device keys.
fn unsigned() -> Vec<Record> {
    let ada = r#"{"name":"Ada","email":"ada@example.com"}"#;
    let mut prev: Option<RecordId> = None;
    let mut records = Vec::new();
    for seq in 1..=3 {
        let link = prev.map_or("null".to_owned(), |id| format!("\"{id}\""));
        // A field that the fact has no more, and an order of its own: the bytes are what they are.
        let bytes = format!(
            r#"{{"author":{ada},"seq":{seq},"prev":{link},"at":{seq},"fact":{{"kind":"environment_removed","environment":"e{seq}","old":1}}}}"#
        );
        let read = Record::read(RecordFormat::Unsigned, bytes.into_bytes(), None);
        let record = read.expect("an unsigned record");
        prev = Some(record.id);
        records.push(record);
    }
    records
}

#[test]
fn an_unsigned_ledger_goes_on_signed_and_stays_what_it_was() {
    let mut records = unsigned();
    assert_eq!(verify_chain(&records), Ok(3));
    let mut state = State::of(&records);
    let facts = vec![Fact::EnvironmentRemoved {
        environment: fixture::place("shop"),
    }];
    let ada = Person {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
    };
    let new_id = || "w".to_owned();
    let (signed, _) = state.record(&ada, &fixture::key("ada"), Millis(4), facts, new_id);
    let Fact::LedgerMigrated { last, count, .. } = &signed[0].fact else {
        panic!("{:?} says what was taken over", signed[0].fact);
    };
    assert_eq!((*last, *count), (Some(records[2].id), 3));
    assert_eq!(signed[0].seen, Some(records[2].id));
    records.extend(signed);
    assert_eq!(verify_chain(&records), Ok(6));

    let mut shorter = records.clone();
    shorter.remove(2);
    let found = verify_chain(&shorter);
    assert!(
        matches!(found, Err(RecordError::TakenOver { found: 2, count: 3 })),
        "{found:?}"
    );
    let mut late = records.clone();
    late.push(unsigned().remove(0));
    assert!(verify_chain(&late).is_err(), "no unsigned one after it");
}

#[test]
fn a_fact_of_a_newer_program_is_kept_and_shuts_what_it_may_forbid() {
    let mut story = Story::begin();
    let told = story.records.len();
    story.drafts("r", None);
    let newer = |name: &str, fact: &str| {
        let mut story = Story::begin();
        story.drafts("r", None);
        let drafted = story.records.last().expect("a record").clone();
        let text = String::from_utf8(drafted.bytes().to_vec()).expect("JSON");
        let at = text.find(r#""fact":{"#).expect("a fact");
        let end = text.find(r#","prev""#).expect("what follows");
        let bytes = format!(r#"{}"fact":{fact}{}"#, &text[..at], &text[end..]);
        let unsigned = Record::read(drafted.format(), bytes.clone().into_bytes(), None);
        let signature = signed_anew(&unsigned.expect(name), "ada");
        Record::read(drafted.format(), bytes.into_bytes(), Some(signature)).expect(name)
    };
    for (fact, is_shut) in [
        (r#"{"kind":"gate.freeze_set","until":9,"v":1}"#, true),
        (r#"{"emoji":"1f389","kind":"reaction_added","v":1}"#, false),
        (
            r#"{"kind":"release_cancelled","reason":{"in":"another form"},"release":"r","v":2}"#,
            true,
        ),
    ] {
        let record = newer(fact, fact);
        let Fact::Unknown { name, .. } = &record.fact else {
            panic!("{fact} is not known");
        };
        assert!(fact.contains(name.as_str()), "{name}");
        let mut records = story.records[..=told].to_vec();
        records.truncate(told);
        records.push(record.clone());
        assert_eq!(verify_chain(&records), Ok(told as u64 + 1), "{fact}");
        let state = State::of(&records);
        assert_eq!(!state.unknown_gates.is_empty(), is_shut, "{fact}");
        assert_eq!(
            record.bytes(),
            records[told].bytes(),
            "it is passed on as it is"
        );
    }
}

#[test]
fn a_fact_may_get_another_field_without_becoming_another_one() {
    let record = &records()[3];
    let again = Record::read(record.format(), record.bytes(), record.signature().cloned());
    assert_eq!(&again.expect("it reads back"), record);
    let more = changed(record, |text| {
        text.replace(r#""fact":{"#, r#""fact":{"a_new_field":1,"#)
    });
    assert_eq!(more.fact, record.fact, "what is not known is passed over");
    assert_ne!(more.id, record.id);
}

#[test]
fn what_a_device_decides_that_nobody_introduced_counts_for_nothing() {
    let records = records();
    let of_bob = records.iter().position(|record| match &record.fact {
        Fact::PersonAdded { name, .. } => name == "bob",
        _ => false,
    });
    let mut without = records.clone();
    without.remove(of_bob.expect("he was introduced"));
    let release = &State::of(&without).releases[&fixture::release("r")];
    let by: Vec<_> = release
        .reviews
        .iter()
        .map(|review| review.by.name.as_str())
        .collect();
    assert_eq!(by, ["ada"]);
}

#[test]
fn whoever_signs_a_record_sees_what_everybody_reads() {
    let mut state = State::default();
    let mut settings = fixture::settings("shop", crate::Tier::Staging);
    settings.connection =
        serde_json::from_str(r#"{"path":"/shop","layout":"theme"}"#).expect("JSON");
    let environment = crate::Environment {
        id: fixture::place("shop"),
        added_at: Millis(1),
        settings,
    };
    let facts = vec![Fact::EnvironmentAdded { environment }];
    let (ada, key) = (fixture::person("ada"), fixture::key("ada"));
    let (records, _) = state.record(&ada, &key, Millis(1), facts, || "w".to_owned());
    // Equal maps may be written in another order, on which digests depend.
    let written = |state: &State| serde_json::to_string(&state.environments).expect("JSON");
    assert_eq!(written(&state), written(&State::of(&records)));
}

#[test]
fn the_order_in_which_devices_wrote_and_what_they_had_seen_can_not_be_changed() {
    // Bob's verdict, and then Ada's, who had seen it.
    let mut left_out = records();
    let of_bob = left_out
        .iter()
        .rposition(|record| matches!(&record.fact, Fact::Reviewed { verdict, .. } if *verdict == Verdict::Comment));
    left_out.remove(of_bob.expect("the last of Bob's chain"));
    assert_eq!(
        verify_chain(&left_out),
        Ok(left_out.len() as u64),
        "nobody saw the last one"
    );
    let mut seen = records();
    let approved = seen
        .iter()
        .position(|record| matches!(&record.fact, Fact::Reviewed { .. }))
        .expect("Bob's first verdict");
    seen.truncate(approved + 2);
    seen.remove(approved);
    let found = verify_chain(&seen);
    assert!(matches!(found, Err(RecordError::Moved { .. })), "{found:?}");
}

#[test]
fn unsigned_records_of_all_authors_are_vouched_for() {
    let mut records = unsigned();
    let other = r#"{"author":{"name":"Bob","email":"bob@example.com"},"seq":1,"prev":null,"at":9,"fact":{"kind":"environment_removed","environment":"b"}}"#;
    let bob = |text: &str| {
        let read = Record::read(RecordFormat::Unsigned, text.as_bytes(), None);
        read.expect("an unsigned record")
    };
    records.insert(0, bob(other));
    let mut state = State::of(&records);
    let facts = vec![Fact::EnvironmentRemoved {
        environment: fixture::place("shop"),
    }];
    let (ada, key) = (fixture::person("ada"), fixture::key("ada"));
    let (signed, _) = state.record(&ada, &key, Millis(4), facts, || "w".to_owned());
    let with = |first: Record| {
        let mut all = records.clone();
        all[0] = first;
        verify_chain(&[all, signed.clone()].concat())
    };
    assert!(with(bob(other)).is_ok());
    let found = with(bob(&other.replace(r#""b""#, r#""c""#)));
    assert!(
        matches!(found, Err(RecordError::TakenOver { .. })),
        "{found:?}"
    );
}

#[test]
fn a_record_has_one_way_to_be_written() {
    let record = &records()[3];
    for change in [
        |text: String| text.replacen('{', "{ ", 1),
        |text: String| text.replacen('{', "{\n", 1),
        |text: String| text.replacen(r#"{"at":"#, r#"{"at":1,"at":"#, 1),
    ] {
        let text = change(String::from_utf8(record.bytes().to_vec()).expect("JSON"));
        let read = Record::read(record.format(), text.clone().into_bytes(), None);
        assert!(
            matches!(read, Err(RecordError::Unreadable { .. })),
            "{text}"
        );
    }
}
