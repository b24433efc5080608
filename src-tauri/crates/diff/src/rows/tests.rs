use proptest::prelude::*;

use super::*;

fn model(before: &str, after: &str) -> RowModel {
    RowModel::new(before.into(), after.into(), RowOptions::default())
}

fn painted(line: &Line) -> String {
    let mut out = String::new();
    if line.skipped_chars > 0 {
        out += &format!("…{} ", line.skipped_chars);
    }
    for segment in &line.segments {
        match &segment.hidden {
            Some(hidden) => out += &format!("<{}>", hidden.name),
            None if segment.emphasis => out += &format!("[{}]", segment.text),
            None => out += &segment.text,
        }
    }
    match line.ending {
        Ending::None => out += " (no newline)",
        Ending::CrLf if line.ending_changed => out += " (crlf)",
        Ending::Lf if line.ending_changed => out += " (lf)",
        _ => {}
    }
    if let Some(total) = line.truncated {
        out += &format!(" (of {total})");
    }
    out
}

fn painted_row(row: &Row) -> String {
    let cell = |cell: &Option<Cell>| {
        cell.as_ref().map_or_else(
            || "-".to_owned(),
            |cell| format!("{} {}", cell.number, painted(&cell.line)),
        )
    };
    match row {
        Row::Gap(gap) => {
            let hunk = gap.hunk.as_ref().map(|hunk| {
                let section = hunk
                    .section
                    .as_ref()
                    .map(|section| format!(" {section}"))
                    .unwrap_or_default();
                format!(
                    " @@ -{},{} +{},{} @@{section}",
                    hunk.before_start, hunk.before_count, hunk.after_start, hunk.after_count
                )
            });
            format!(
                "~ gap {} hides {}{}",
                gap.id,
                gap.hidden,
                hunk.unwrap_or_default()
            )
        }
        Row::Unified(row) => {
            let sign = match row.mark {
                Mark::Context => ' ',
                Mark::Removed => '-',
                Mark::Added => '+',
            };
            let number = |number: Option<u32>| {
                number.map_or_else(|| ".".to_owned(), |number| number.to_string())
            };
            format!(
                "{sign} {} {} {}",
                number(row.before),
                number(row.after),
                painted(&row.line)
            )
        }
        Row::Split(row) => format!(
            "{} {} | {}",
            if row.changed { '!' } else { ' ' },
            cell(&row.left),
            cell(&row.right)
        ),
    }
}

fn all(model: &RowModel, view: View) -> String {
    let rows: Vec<String> = model
        .rows(view, 0, usize::MAX)
        .iter()
        .map(|row| painted_row(row).trim_end().to_owned())
        .collect();
    rows.join("\n")
}

/// Twenty numbered lines under a heading.
fn twenty() -> String {
    (1..=20)
        .map(|line| {
            if line == 1 {
                "section one\n".to_owned()
            } else {
                format!("  line {line}\n")
            }
        })
        .collect()
}

#[test]
fn unified_rows_show_changes_with_context_and_gaps() {
    let before = twenty();
    let after = before.replace("  line 10\n", "  line ten\n  and more\n");
    insta::assert_snapshot!(all(&model(&before, &after), View::Unified), @"
    ~ gap 0 hides 6 @@ -7,7 +7,8 @@ section one
      7 7   line 7
      8 8   line 8
      9 9   line 9
    - 10 .   line [10]
    + . 10   line [ten]
    + . 11   and more
      11 12   line 11
      12 13   line 12
      13 14   line 13
    ~ gap 14 hides 7
    ");
}

#[test]
fn split_rows_put_alike_lines_side_by_side() {
    let before = "a = 1\nb = 2\nsame\n";
    let after = "new first line\na = 10\nb = 20\nsame\n";
    insta::assert_snapshot!(all(&model(before, after), View::Split), @"
    ! - | 1 new first line
    ! 1 a = [1] | 2 a = [10]
    ! 2 b = [2] | 3 b = [20]
      3 same | 4 same
    ");
}

#[test]
fn endings_are_shown_where_they_differ() {
    insta::assert_snapshot!(all(&model("a\r\nb\nc", "a\nb\nc\n"), View::Unified), @"
    - 1 . a (crlf)
    + . 1 a (lf)
      2 2 b
    - 3 . c (no newline)
    + . 3 c (lf)
    ");
}

#[test]
fn small_and_empty_texts() {
    let cases = [
        ("", "", ""),
        ("", "a\n", "+ . 1 a"),
        ("a", "", "- 1 . a (no newline)"),
        ("\n", "", "- 1 ."),
        ("a\n", "a\n", "  1 1 a"),
        ("a\nb\n", "a\nb\n", "~ gap 0 hides 2"),
        (
            "a\u{202e}b\n",
            "a\n",
            "- 1 . a<RIGHT-TO-LEFT OVERRIDE>b\n+ . 1 a",
        ),
    ];
    for (before, after, expected) in cases {
        assert_eq!(
            all(&model(before, after), View::Unified),
            expected,
            "rows of {before:?} and {after:?}"
        );
    }
}

#[test]
fn gaps_open_up_down_and_whole() {
    let before: String = (0..100).map(|line| format!("{line}\n")).collect();
    let after = before.replace("50\n", "fifty\n");
    let hides = |model: &RowModel| -> Vec<(u32, u32)> {
        model
            .rows(View::Split, 0, usize::MAX)
            .iter()
            .filter_map(|row| {
                if let Row::Gap(gap) = row {
                    Some((gap.id, gap.hidden))
                } else {
                    None
                }
            })
            .collect()
    };
    let mut model = model(&before, &after);
    assert_eq!(hides(&model), [(0, 47), (54, 46)]);
    assert!(model.expand(0, Direction::Up, 20));
    assert_eq!(
        hides(&model),
        [(0, 27), (54, 46)],
        "lines above the hunk appear"
    );
    assert!(model.expand(54, Direction::Down, 10));
    assert_eq!(
        hides(&model),
        [(0, 27), (64, 36)],
        "lines below the hunk appear"
    );
    assert!(
        !model.expand(54, Direction::Down, 10),
        "a gap that has moved is not there any more"
    );
    assert!(model.expand(0, Direction::Down, 5));
    assert_eq!(hides(&model), [(5, 22), (64, 36)]);
    assert!(model.expand(64, Direction::All, 0));
    assert_eq!(hides(&model), [(5, 22)]);
    assert!(model.expand(5, Direction::Up, 21));
    assert_eq!(
        hides(&model),
        [],
        "a gap of a single line is not worth a row"
    );
    assert_eq!(model.row_count(View::Unified), 101);
}

#[test]
fn jumps_lead_from_change_to_change() {
    let before: String = (0..100).map(|line| format!("{line}\n")).collect();
    let after = before
        .replace("10\n", "ten\n")
        .replace("50\n", "fifty\nand\n");
    let model = model(&before, &after);
    let rows = model.hunk_positions(View::Unified).to_vec();
    assert_eq!(rows, [4, 13]);
    assert_eq!(model.next_hunk(View::Unified, 0), Some(4));
    assert_eq!(model.next_hunk(View::Unified, 4), Some(13));
    assert_eq!(model.next_hunk(View::Unified, 13), None);
    assert_eq!(model.previous_hunk(View::Unified, 13), Some(4));
    assert_eq!(model.previous_hunk(View::Unified, 4), None);
    assert_eq!(
        model.counts(),
        LineCounts {
            added: 3,
            removed: 2
        }
    );
}

#[test]
fn search_finds_shown_and_hidden_lines() {
    let before = twenty();
    let after = before.replace("  line 10\n", "  LINE ten\n");
    let model = model(&before, &after);
    let found = model.find(View::Unified, "line 1", Case::Insensitive, 100);
    let places: Vec<_> = found
        .matches
        .iter()
        .map(|found| (found.row, found.before, found.after))
        .collect();
    assert_eq!(
        places,
        [
            (4, Some(10), None),
            (6, None, Some(11)),
            (7, None, Some(12)),
            (8, None, Some(13))
        ]
        .into_iter()
        .chain((14..=19).map(|line| (9, None, Some(line))))
        .collect::<Vec<_>>(),
        "removed, shown and hidden lines, in row order"
    );
    assert_eq!(
        model
            .find(View::Split, "LINE", Case::Sensitive, 100)
            .matches,
        [Match {
            row: 4,
            before: None,
            after: Some(10)
        }]
    );
    let limited = model.find(View::Unified, "line", Case::Insensitive, 3);
    assert_eq!((limited.matches.len(), limited.limited), (3, true));
    assert_eq!(
        model.find(View::Unified, "", Case::Sensitive, 3),
        Found::default(),
        "nothing is searched for nothing"
    );
}

#[test]
fn long_lines_are_cut_at_their_difference() {
    let before = format!("{}old {}\n", "x ".repeat(10_000), "y ".repeat(10_000));
    let after = before.replace("old", "new");
    let rows = model(&before, &after).rows(View::Unified, 0, 2);
    let Row::Unified(row) = &rows[0] else {
        panic!("a line is expected")
    };
    assert_eq!(row.line.truncated, Some(40_004), "the whole length is told");
    assert_eq!(row.line.skipped_chars, 19_800, "the difference is in sight");
    assert!(
        row.line
            .segments
            .iter()
            .any(|segment| segment.emphasis && segment.text == "old")
    );
}

#[test]
fn a_million_lines_are_shown_by_windows() {
    let before: String = (0..1_000_000)
        .map(|line| format!("line {line}\n"))
        .collect();
    let after = before.replace("77\n", "seventy-seven\n");
    let model = model(&before, &after);
    assert_eq!(
        model.counts(),
        LineCounts {
            added: 10_000,
            removed: 10_000
        }
    );
    let rows = model.row_count(View::Unified);
    let window = model.rows(View::Unified, rows - 5, rows + 100);
    assert_eq!(window.len(), 5, "a window ends with the rows");
    assert_eq!(painted_row(&window[4]), "~ gap 999981 hides 19");
}

proptest! {
    #[test]
    fn windows_join_to_the_whole(before in crate::text::tests::text(), after in crate::text::tests::text(), context in 0_u32..4, step in 1_usize..7, opened in 0_u32..40) {
        let options = RowOptions { context, expanded: vec![Span::new(opened, opened + 3)], ..RowOptions::default() };
        let model = RowModel::new(before.into_bytes(), after.into_bytes(), options);
        for view in [View::Unified, View::Split] {
            let whole = model.rows(view, 0, usize::MAX);
            prop_assert_eq!(whole.len(), model.row_count(view));
            let windows: Vec<Row> = (0..whole.len()).step_by(step).flat_map(|from| model.rows(view, from, from + step)).collect();
            prop_assert_eq!(&windows, &whole);
        }
    }

    #[test]
    fn both_texts_can_be_read_from_the_rows(before in crate::text::tests::text(), after in crate::text::tests::text(), context in 0_u32..3) {
        let options = RowOptions { context, ..RowOptions::default() };
        let model = RowModel::new(before.into_bytes(), after.into_bytes(), options);
        for view in [View::Unified, View::Split] {
            // Every line appears once, in order, on its side, be it shown or counted in a gap.
            let (mut b, mut a) = (0, 0);
            for row in model.rows(view, 0, usize::MAX) {
                match row {
                    Row::Gap(gap) => { prop_assert_eq!(gap.id, a); b += gap.hidden; a += gap.hidden; }
                    Row::Unified(row) => {
                        if let Some(number) = row.before { b += 1; prop_assert_eq!(number, b); }
                        if let Some(number) = row.after { a += 1; prop_assert_eq!(number, a); }
                    }
                    Row::Split(row) => {
                        prop_assert!(row.left.is_some() || row.right.is_some());
                        if let Some(cell) = row.left { b += 1; prop_assert_eq!(cell.number, b); }
                        if let Some(cell) = row.right { a += 1; prop_assert_eq!(cell.number, a); }
                    }
                }
            }
            prop_assert_eq!((b, a), (model.diff().before().len(), model.diff().after().len()));
        }
    }
}
