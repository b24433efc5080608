//! The real window, beside an empty one of the same toolkit: the time to the first content that is painted, the memory of
//! the main process, and the frames while somebody scrolls.
//!
//! The bench's own binary is the empty window when it is started with [`EMPTY_WINDOW`].

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::harness::home::WINDOW;
use crate::harness::memory::resident_bytes;
use crate::harness::{Home, Launch, Window};
use crate::measure::median;
use crate::views;

/// The argument with which the bench opens an empty window and does nothing else.
pub(crate) const EMPTY_WINDOW: &str = "empty-window";
/// How often each window is opened.
const STARTS: usize = 5;
/// How far a page moves for each frame, in pixels, and for how many frames.
const SCROLL: (u32, usize) = (400, 60);
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
    /// Until the page had something to work with; only ours says so.
    begun: Option<Duration>,
    resident_bytes: u64,
}

async fn starts() -> Result<()> {
    let empty = std::env::current_exe()?;
    let mut home = Home::new()?;
    home.headless(&["sample", "open"])?;
    let mut other = Home::new()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let window = Launch::default().home(home).open().await?;
        ours.push(started(&window, Path::new(WINDOW)).await?);
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
    let begun = median(ours.iter().filter_map(|start| start.begun));
    println!(
        "{:<52} {:>9.0} ms",
        "  until there is something to work with",
        begun.as_secs_f64() * 1000.0,
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
    let at = async |name: &str| {
        let script = format!(
            "const entry = performance.getEntriesByName('{name}')[0];
            return entry ? performance.timeOrigin + entry.startTime : null"
        );
        Ok(window.eval(&script).await?.as_f64())
    };
    let painted_at = window
        .until("the first paint", async || {
            at("first-contentful-paint").await
        })
        .await?;
    tokio::time::sleep(SETTLING).await;
    let process = process_of(program)?;
    let began = started_at(&process)?;
    let since = |at: f64| Duration::from_secs_f64((at / 1000.0 - began).max(0.0));
    Ok(Start {
        painted: since(painted_at),
        begun: at("slipway:begun").await?.map(since),
        resident_bytes: resident_bytes(&process)?,
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

/// Scrolls through a large release, through a large file, and through a page of plain text in the same window: what a
/// frame costs on this machine's display, whoever draws it.
async fn scrolling(folder: &Path) -> Result<()> {
    let home = Home::new()?;
    let release = views::prepare(folder, &home.path().join("data/slipway")).await;
    let window = Launch::default().home(home).open().await?;
    window.resize(1600, 1000).await?;
    window
        .eval(&format!("location.hash = '#/release/{release}/changes'"))
        .await?;
    window.named("region", "Differences").await?;
    let changes = frames(&window, "[aria-label=Differences]", 0.0).await?;
    let tree = frames(&window, "[role=tree]", 0.0).await?;
    let end = end_of_tree(&window).await?;
    let file = frames(&window, "[aria-label=Differences]", 0.9).await?;
    window.eval(PLAIN_TEXT).await?;
    let plain = frames(&window, "[aria-label=Plain]", 0.0).await?;
    println!(
        "{:<52} {end:>9.0} ms",
        "to the last row of a tree of 10,000 changes"
    );
    for (what, ours) in [
        ("10,000 changes", changes),
        ("a tree of 10,000 changes", tree),
        ("a file of 1,000,000 lines", file),
    ] {
        println!(
            "{:<52} {:>9.1} ms {:>12} {:>7} {:>10}  ≤ 50 ms",
            format!("longest work for a frame of {what}"),
            ours.longest_work,
            "",
            "",
            ""
        );
        println!(
            "{:<52} {:>9.0} ms {:>9.0} ms {:>7.2}",
            "  a frame until it is on the display ÷ plain text",
            ours.mean_frame,
            plain.mean_frame,
            ours.mean_frame / plain.mean_frame,
        );
    }
    window.close().await?;
    Ok(())
}

/// Lays a page of plain text over the window. Styles are set one by one: the page's policy allows no other.
const PLAIN_TEXT: &str = "const page = document.body.appendChild(document.createElement('div'));
    page.style.cssText = 'position: fixed; inset: 0; z-index: 99; overflow: auto; background: white';
    page.setAttribute('aria-label', 'Plain');
    const lines = Array.from({ length: 10000 }, (_, line) => `${line}: a line of plain text`);
    page.appendChild(document.createElement('pre')).textContent = lines.join('\\n');";

/// What scrolling cost, in milliseconds.
struct Frames {
    /// The longest that scripts, styles and layout took for one frame.
    longest_work: f64,
    /// From one frame to the next, in the mean.
    mean_frame: f64,
}

/// Goes to the end of the tree. Returns how long it takes until its last row is there, in milliseconds.
async fn end_of_tree(window: &Window) -> Result<f64> {
    let script = "const done = arguments[arguments.length - 1];
        const tree = document.querySelector('[role=tree]'), began = performance.now();
        const look = () => {
            const rows = [...tree.querySelectorAll('[role=treeitem]')];
            const last = rows.find(row => row.ariaPosInSet === row.ariaSetSize);
            if (last && last.ariaBusy !== 'true') done(performance.now() - began);
            else if (performance.now() - began > 10000) done(null);
            else requestAnimationFrame(look);
        };
        tree.scrollTop = tree.scrollHeight;
        requestAnimationFrame(look);";
    let taken = window.eval_async(script).await?;
    taken
        .as_f64()
        .context("the last row of the tree never came")
}

async fn frames(window: &Window, selector: &str, start: f64) -> Result<Frames> {
    let (step, count) = SCROLL;
    let script = format!(
        "const done = arguments[arguments.length - 1];
        const page = document.querySelector('{selector}');
        page.scrollTop = {start} * page.scrollHeight;
        const began = page.scrollTop, work = [], frames = [];
        let last, scrolled;
        addEventListener('scroll', () => (scrolled = performance.now()), true);
        const turn = (now) => {{
            // Asking for a height lays the page out. What was scrolled before the first turn is not counted.
            const isThere = page.offsetHeight > 0;
            if (isThere && last !== undefined) {{
                work.push(performance.now() - scrolled);
                frames.push(now - last);
            }}
            last = now;
            page.scrollTop += {step};
            if (frames.length < {count}) requestAnimationFrame(turn);
            else done(page.scrollTop > began ? [work, frames] : null);
        }};
        setTimeout(() => requestAnimationFrame(turn), 1000);"
    );
    let measured: Value = window.eval_async(&script).await?;
    let (work, frames): (Vec<f64>, Vec<f64>) =
        serde_json::from_value(measured).context("the page did not move")?;
    Ok(Frames {
        longest_work: work.iter().copied().fold(0.0, f64::max),
        mean_frame: frames.iter().sum::<f64>() / frames.len() as f64,
    })
}
