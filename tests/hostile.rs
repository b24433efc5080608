//! Workspace files and servers that mean harm, met by the built program: what it answers, what it sends and what it leaves
//! on the disk.

#[path = "headless/harness.rs"]
mod harness;
#[path = "headless/tree.rs"]
mod tree;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use harness::{Desk, write};
use serde_json::{Value, json};
use slipway_domain::{
    Command, DeviceKey, EnvironmentDraft, EnvironmentId, Millis, Person, Rules, Tier,
};
use slipway_engine::{Clock, Engine, Keys, Ports, VaultError};
use tree::{assert_same, tree};

/// Who made the file.
const SENDER: &str = "Mallory <mallory@thief.example>";

struct Still;

impl Clock for Still {
    fn now(&self) -> Millis {
        Millis(1_760_000_000_000)
    }

    fn unique(&self) -> u64 {
        7
    }
}

/// A server that answers nothing good, and hands on what it was sent.
fn thief() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (send, heard) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4_096];
            let length = stream.read(&mut request).unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            stream
                .write_all(b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n")
                .ok();
            if send.send(text).is_err() {
                return;
            }
        }
    });
    (port, heard)
}

/// Keys that follow from people's addresses.
struct OwnKeys;

impl Keys for OwnKeys {
    fn key(&self, person: &Person) -> Result<Arc<DeviceKey>, VaultError> {
        let mut seed = [0; 32];
        for (byte, of) in seed.iter_mut().zip(person.email.bytes()) {
            *byte = of;
        }
        Ok(Arc::new(DeviceKey::of_seed(&seed)))
    }
}

fn ports() -> Ports {
    Ports {
        platforms: Vec::new(),
        clock: Arc::new(Still),
        keys: Arc::new(OwnKeys),
    }
}

/// A file as somebody else made it, with one store as its environment.
fn file_with(path: &Path, connection: Value) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
    let engine = Engine::create(path, ports()).expect("a new file");
    let add = Command::AddEnvironment {
        id: EnvironmentId("e-1".to_owned()),
        settings: EnvironmentDraft {
            name: "live".to_owned(),
            platform: "shopify".to_owned(),
            tier: Tier::Production,
            promotes_to: None,
            connection,
            rules: Rules::default(),
            approvals: None,
        },
    };
    engine
        .decide(&SENDER.parse().expect("a person"), add)
        .expect("added");
    // What an earlier version took for the sample.
    let marked = engine
        .store()
        .write(|writer| writer.set_setting("sample", &Value::Bool(true)));
    marked.expect("marked");
}

/// A store that answers at another address, and claims to use another's secret.
fn connection(base: &str) -> Value {
    json!({
        "store": "northwind.myshopify.com", "auth": { "kind": "token" }, "base_url": base,
        "secret": "northwind.myshopify.com",
    })
}

/// Runs the program with a token in its environment and asks for JSON.
fn run(desk: &Desk, file: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut all = arguments.to_vec();
    let file = file.display().to_string();
    if arguments[0] != "workspace" {
        all.extend(["--workspace", &file]);
    }
    all.push("--json");
    let output = desk
        .command(&all)
        .env("SLIPWAY_TOKEN", "shpat_nameless")
        .env("SLIPWAY_THEME_TOKEN", "shptka_nameless")
        .env("SLIPWAY_TOKEN_NORTHWIND", "shpat_named")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let answer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{all:?}: {error}: {said}"));
    (output.status.code(), answer)
}

#[test]
fn a_file_from_elsewhere_gets_no_token_and_reaches_nothing() {
    let desk = Desk::new();
    let (port, heard) = thief();
    let file = desk.path("received/northwind.slipway");
    let base = format!("http://127.0.0.1:{port}/");
    file_with(&file, connection(&base));

    let (exit, listed) = run(&desk, &file, &["env", "list"]);
    assert_eq!(exit, Some(0), "{listed}");
    let place = format!("northwind.myshopify.com at {base}");
    assert_eq!(listed["environments"][0]["place"], json!(place), "{listed}");
    for arguments in [
        &["release", "list"][..],
        &["deployment", "list"],
        &["audit", "--verify"],
    ] {
        let (exit, answer) = run(&desk, &file, arguments);
        assert_eq!(exit, Some(0), "{arguments:?}: {answer}");
    }
    let path = file.display().to_string();
    for arguments in [
        &["capture", "live"][..],
        &["compare", "live", "live"],
        &["plan", "one"],
        &["deploy", "one"],
        &["rollback", "live", "--plan"],
        &["env", "remove", "live"],
        &["release", "create", "one", "--from", "live", "--to", "live"],
        &["audit", "--rebuild"],
        &["workspace", "trust", &path],
    ] {
        let (exit, answer) = run(&desk, &file, arguments);
        assert_eq!(exit, Some(3), "{arguments:?}: {answer}");
    }
    assert!(heard.try_recv().is_err(), "nobody was asked anything");

    // With a yes it is as one's own: this address is on this machine, so it gets what is named after the store.
    let (exit, trusted) = run(&desk, &file, &["workspace", "trust", &path, "--yes"]);
    assert_eq!(exit, Some(0), "{trusted}");
    assert_eq!(
        trusted["environments"][0]["place"],
        json!(place),
        "{trusted}"
    );
    let (exit, answer) = run(&desk, &file, &["capture", "live"]);
    assert_eq!(exit, Some(1), "{answer}");
    let request = heard.recv().expect("it was asked");
    assert!(
        request.contains("shpat_named") && !request.contains("nameless"),
        "{request}"
    );
}

#[test]
fn a_variable_named_after_a_store_goes_to_no_other_address() {
    let desk = Desk::new();
    let file = desk.path("received/northwind.slipway");
    // Nobody answers there; the token would be asked for before anybody is.
    file_with(&file, connection("https://thief.invalid/"));
    let path = file.display().to_string();
    let (exit, trusted) = run(&desk, &file, &["workspace", "trust", &path, "--yes"]);
    assert_eq!(exit, Some(0), "{trusted}");
    let (exit, answer) = run(&desk, &file, &["capture", "live"]);
    assert_eq!(exit, Some(1), "{answer}");
    let said = answer["error"].to_string();
    assert!(
        said.contains("keyring") || said.contains("holds no secret"),
        "it looked for a secret of that address alone: {said}"
    );
    assert!(
        !said.contains("shpat_") && !said.contains("SLIPWAY_TOKEN"),
        "{said}"
    );
}

#[test]
fn reading_a_file_writes_nothing_outside_it_and_starts_nothing() {
    let desk = Desk::new();
    let folder = desk.path("received");
    let file = folder.join("northwind.slipway");
    file_with(&file, connection("http://127.0.0.1:9/"));
    let victims = desk.path("victims");
    write(&victims.join("address"), "mine");
    write(&victims.join("locks/0000000000000009"), "mine");
    fs::create_dir_all(folder.join("shops")).expect("a folder");
    for (link, to) in [
        ("shops/shops.json", "address"),
        ("shops/northwind-production.json", "address"),
        ("northwind.slipway.locks", "locks"),
        ("northwind.slipway.partial", "address"),
        ("northwind.slipway.format-0", "address"),
    ] {
        std::os::unix::fs::symlink(victims.join(to), folder.join(link)).expect("a link");
    }
    let (before, theirs) = (tree(&folder), tree(&victims));
    for arguments in [
        &["env", "list"][..],
        &["release", "list"],
        &["deployment", "list"],
        &["audit", "--verify"],
    ] {
        let (exit, answer) = run(&desk, &file, arguments);
        assert_eq!(exit, Some(0), "{arguments:?}: {answer}");
    }
    assert_same(
        &before,
        &tree(&folder),
        "the file and what is beside it are only read",
    );
    assert_same(&theirs, &tree(&victims), "no link is followed");

    let sample = desk.done(&["sample", "open"]);
    let sample = PathBuf::from(sample["workspace"].as_str().expect("a path"));
    let sample = sample.parent().expect("a folder");
    let is_served = || {
        let text = fs::read_to_string(sample.join("shops/shops.json")).expect("addresses");
        let shops: Value = serde_json::from_str(&text).expect("JSON");
        let url = shops["shops"][0]["base_url"].as_str().expect("an address");
        let port = url.rsplit_once("127.0.0.1:").expect("a port").1;
        let port: u16 = port
            .split('/')
            .next()
            .and_then(|port| port.parse().ok())
            .expect("a port");
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    };
    assert!(!is_served(), "it ended with the program");
    let addresses = fs::read(sample.join("shops/shops.json")).expect("addresses");
    fs::remove_file(sample.join("shops/shops.json")).expect("removed");
    for arguments in [
        &["env", "list"][..],
        &["release", "list"],
        &["compare", "development", "staging", "--offline"],
    ] {
        desk.done(arguments);
    }
    assert!(
        !sample.join("shops/shops.json").exists(),
        "nothing was started that says where it answers"
    );
    fs::write(sample.join("shops/shops.json"), addresses).expect("put back");
    desk.done(&["capture", "store-development"]);
}

#[test]
fn the_folder_that_a_command_is_typed_in_does_not_say_who_acts() {
    let desk = Desk::new();
    let ada = "[user]\n  name = Ada Byron\n  email = ada@northwind.example\n";
    write(&desk.path(".gitconfig"), ada);
    let theirs = desk.path("theirs");
    for folder in ["theirs/.git/objects", "theirs/.git/refs"] {
        fs::create_dir_all(desk.path(folder)).expect("a folder");
    }
    write(&theirs.join(".git/HEAD"), "ref: refs/heads/main\n");
    let mallory = "[user]\n  name = Mallory\n  email = mallory@thief.example\n";
    write(&theirs.join(".git/config"), mallory);
    fs::create_dir(desk.path("live")).expect("a folder");
    let typed = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.current_dir(&theirs).env_remove("SLIPWAY_USER");
        let ended = command.output().expect("the program runs");
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    };
    let (live, trail) = (desk.path("live"), desk.path("trail.jsonl"));
    let (live, trail) = (desk.text(&live), desk.text(&trail));
    let theme = ["--layout", "theme"];
    typed(
        &[
            &["env", "add", "live", "--platform", "folder", "--path", live],
            &theme[..],
        ]
        .concat(),
    );
    typed(&["audit", "--export", trail]);
    let trail = fs::read_to_string(trail).expect("the trail");
    assert!(trail.contains("ada@northwind.example"), "{trail}");
    assert!(!trail.contains("thief"), "{trail}");
}

#[test]
fn a_proxy_hears_nothing_of_what_stays_on_this_machine() {
    let desk = Desk::new();
    let ((store, asked), (proxy, overheard)) = (thief(), thief());
    let base = format!("http://127.0.0.1:{store}");
    let mut add = desk.command(&[
        "env",
        "add",
        "shop",
        "--platform",
        "shopify",
        "--store",
        "northwind.myshopify.com",
        "--base-url",
        &base,
    ]);
    let proxy = format!("http://127.0.0.1:{proxy}");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        add.env(name, &proxy);
    }
    let refused = add.env("SLIPWAY_TOKEN", "shpat_local").output();
    assert!(!refused.expect("the program runs").status.success());
    let request = asked.try_recv().expect("the store is asked");
    assert!(request.contains("shpat_local"), "{request}");
    assert!(overheard.try_recv().is_err(), "and nobody else");
}

#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_memory_in_a_file() {
    let desk = Desk::empty();
    let mut shops = desk
        .command(&["sandbox", "--json", "--with-parent"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = [0; 1];
    let stdout = shops.stdout.as_mut().expect("a pipe");
    stdout.read_exact(&mut first).expect("it says where it is");
    let limits = fs::read_to_string(format!("/proc/{}/limits", shops.id()));
    drop(shops.stdin.take());
    shops.wait().expect("a child of ours");
    let limits = limits.expect("its limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let mut words = core.expect("a limit").split_whitespace().skip(4);
    assert_eq!(
        (words.next(), words.next()),
        (Some("0"), Some("0")),
        "{limits}"
    );
}
