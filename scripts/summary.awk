# Adds up what cargo's and Vitest's reports say: one line a report.
BEGIN { FS = "[ ;(|)]+" }
FNR == 1 { report = FILENAME; sub(/.*\//, "", report); sub(/\.log$/, "", report); reports[report] }
/^test result: / { passed[report] += $4; failed[report] += $6; skipped[report] += $8 }
/^ +Tests  / {
  for (field = 2; field <= NF; field++) {
    if ($field == "passed") passed[report] += $(field - 1)
    if ($field == "failed") failed[report] += $(field - 1)
    if ($field == "skipped") skipped[report] += $(field - 1)
  }
}
END {
  for (report in reports)
    printf "%-10s %5d passed  %d failed  %d skipped\n", report, passed[report], failed[report], skipped[report] | "sort"
}
