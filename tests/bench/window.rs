//! The real window, beside an empty one of the same toolkit: the time to the first content that is painted, the memory of
//! the main process, and the frames while somebody scrolls.
//!
//! The bench's own binary is the empty window when it is started with [`EMPTY_WINDOW`].

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::harness::{Home, Launch, Window};
use crate::measure::median;
use crate::{SLIPWAY, views};

/// The argument with which the bench opens an empty window and does nothing else.
pub(crate) const EMPTY_WINDOW: &str = "empty-window";
/// How often each window is opened.
const STARTS: usize = 5;
/// How far a wheel's notch moves a page, in pixels, and how many of them are turned.
const SCROLL: (u32, u32) = (400, 300);
/// How long a page is left alone before its memory is read.
const SETTLING: Duration = Duration::from_secs(1);

/// Opens a window with one line in it, until it is closed.
pub(crate) fn open_empty_window() {
    tauri::Builder::default()
        .run(tauri::generate_context!(
            "tests/bench/empty_window/tauri.conf.json"
        ))
        .expect("a window");
}

/// Measures starts and scrolling. Needs a display: says so and measures nothing where there is none.
pub(crate) fn measure(folder: &Path) {
    if std::env::var_os("DISPLAY").is_none() {
        println!("the window is not measured: there is no display");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        starts().await.expect("windows that open");
        scrolling(folder).await.expect("a window that scrolls");
    });
}

/// One start of a program.
struct Start {
    painted: Duration,
    resident_bytes: u64,
}

async fn starts() -> Result<()> {
    let empty = std::env::current_exe()?;
    let mut home = Home::new()?;
    let made = Command::new(SLIPWAY)
        .args(["sample", "open"])
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("SLIPWAY_USER", "Bench <bench@example.com>")
        .output()?;
    anyhow::ensure!(made.status.success(), "no sample: {made:?}");
    let mut other = Home::new()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let window = Launch::default().home(home).open().await?;
        ours.push(started(&window, Path::new(SLIPWAY)).await?);
        home = window.close().await?;
        let launch = Launch::default().binary(&empty).arg(EMPTY_WINDOW);
        let window = launch.home(other).open().await?;
        theirs.push(started(&window, &empty).await?);
        other = window.close().await?;
    }
    let painted = |starts: &[Start]| median(starts.iter().map(|start| start.painted));
    let memory = |starts: &[Start]| {
        let all = starts.iter().map(|start| start.resident_bytes);
        all.max().unwrap_or(0) as f64 / 1_000_000.0
    };
    let (a, b) = (painted(&ours), painted(&theirs));
    println!(
        "{:<52} {:>9.0} ms {:>9.0} ms {:>7.2} {:>10}  ≤ 1.3",
        "start to first paint ÷ an empty window",
        a.as_secs_f64() * 1000.0,
        b.as_secs_f64() * 1000.0,
        a.as_secs_f64() / b.as_secs_f64(),
        "",
    );
    let (a, b) = (memory(&ours), memory(&theirs));
    println!(
        "{:<52} {a:>9.0} MB {b:>9.0} MB {:>7.2} {:>10}  ≤ 40 MB more",
        "  the main process, resident",
        a / b,
        "",
    );
    Ok(())
}

/// What a window that was just opened says of its start.
async fn started(window: &Window, program: &Path) -> Result<Start> {
    let script = "const paint = performance.getEntriesByName('first-contentful-paint')[0];
        return paint ? performance.timeOrigin + paint.startTime : null";
    let painted_at = window
        .until("the first paint", async || {
            Ok(window.eval(script).await?.as_f64())
        })
        .await?;
    tokio::time::sleep(SETTLING).await;
    let process = process_of(program)?;
    let painted = painted_at / 1000.0 - started_at(&process)?;
    Ok(Start {
        painted: Duration::from_secs_f64(painted.max(0.0)),
        resident_bytes: resident(&process)?,
    })
}

/// The folder in `/proc` of the latest other process that runs this program.
fn process_of(program: &Path) -> Result<PathBuf> {
    let program = program.canonicalize()?;
    let own = std::process::id().to_string();
    fs::read_dir("/proc")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| !path.ends_with(&own))
        .filter(|path| fs::read_link(path.join("exe")).is_ok_and(|exe| exe == program))
        .filter_map(|path| Some((started_at(&path).ok()?, path)))
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, path)| path)
        .context("the window's process is not there")
}

/// When a process was started, in seconds since 1970; the kernel counts in hundredths.
fn started_at(process: &Path) -> Result<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(process.join("stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("no process")?;
    let ticks: f64 = fields.split(' ').nth(19).context("no start")?.parse()?;
    let uptime = fs::read_to_string("/proc/uptime")?;
    let uptime: f64 = uptime.split(' ').next().context("no uptime")?.parse()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
    Ok(now - uptime + ticks / TICKS_PER_SECOND)
}

fn resident(process: &Path) -> Result<u64> {
    let status = fs::read_to_string(process.join("status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.context("no memory")?.parse::<u64>()? * 1024)
}

/// Scrolls through a large release and through a large file, and prints the longest time between two frames.
async fn scrolling(folder: &Path) -> Result<()> {
    let home = Home::new()?;
    let release = views::prepare(folder, &home.path().join("data/slipway")).await;
    let window = Launch::default().home(home).open().await?;
    window.resize(1600, 1000).await?;
    window
        .eval(&format!("location.hash = '#/release/{release}/changes'"))
        .await?;
    window.named("region", "Differences").await?;
    for (what, start) in [("10,000 changes", 0.0), ("a file of 1,000,000 lines", 0.9)] {
        let worst = worst_frame(&window, start).await?;
        println!(
            "{:<52} {worst:>9.1} ms {:>12} {:>7} {:>10}  ≤ 50 ms",
            format!("longest frame while scrolling: {what}"),
            "",
            "",
            ""
        );
    }
    window.close().await?;
    Ok(())
}

async fn worst_frame(window: &Window, start: f64) -> Result<f64> {
    let (step, count) = SCROLL;
    let script = format!(
        "const done = arguments[arguments.length - 1];
        const page = document.querySelector('[aria-label=Differences]');
        page.scrollTop = {start} * page.scrollHeight;
        let worst = 0, last = 0, turned = 0, began = page.scrollTop;
        const turn = (now) => {{
            worst = Math.max(worst, now - last);
            last = now;
            page.scrollTop += {step};
            if (++turned < {count}) requestAnimationFrame(turn);
            else done(page.scrollTop > began ? worst : null);
        }};
        setTimeout(() => requestAnimationFrame((now) => {{ last = now; requestAnimationFrame(turn); }}), 1000);"
    );
    let worst: Value = window.eval_async(&script).await?;
    worst.as_f64().context("no frames")
}
