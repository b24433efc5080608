//! Drives the built program through WebKit's own WebDriver, as a person with a keyboard and a mouse would.
//!
//! Each [`Window`] has a home, a session bus and a driver of its own, so journeys share nothing. What the harness looks
//! for, it waits for; nothing here asserts how long anything takes. Elements are found by what assistive technology
//! sees (role and name), or by `data-testid` where a thing has no name.

mod driver;
pub(crate) mod home;
pub(crate) mod memory;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use fantoccini::Client;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use driver::Driver;
pub(crate) use home::Home;
pub(crate) use memory::Memory;

/// How long the harness looks for something before it says that it is not there.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a deployment to a store may take: a store has a budget of requests, and works on files for a while.
const LONG_PATIENCE: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(40);
/// The key under which WebDriver wraps a reference to an element.
const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Only one window is open at a time, whatever the number of test threads.
static DISPLAY: Mutex<()> = Mutex::const_new(());

/// A window to open: its arguments, its environment and its home.
#[derive(Default)]
pub(crate) struct Launch {
    binary: Option<PathBuf>,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    home: Option<Home>,
}

impl Launch {
    /// Opens the window of another program.
    pub(crate) fn binary(mut self, binary: &Path) -> Self {
        self.binary = Some(binary.to_owned());
        self
    }

    /// Adds a command line argument.
    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Sets an environment variable for the program. Nothing of the tester's own environment reaches it.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Makes the desktop prefer dark.
    pub(crate) fn dark(self) -> Self {
        self.env("GTK_THEME", "Adwaita:dark")
    }

    /// Opens the window in a home that an earlier one left behind.
    pub(crate) fn home(mut self, home: Home) -> Self {
        self.home = Some(home);
        self
    }

    /// Opens the window and waits until its page is there.
    ///
    /// # Errors
    ///
    /// When a program is missing, or the window does not open in time; the error holds what the program printed.
    pub(crate) async fn open(self) -> Result<Window> {
        let turn = DISPLAY.lock().await;
        let home = self.home.map_or_else(Home::new, Ok)?;
        let driver = Driver::start(&home, &self.env)?;
        let binary = self.binary.unwrap_or_else(|| home::WINDOW.into());
        let opened = driver.connect(&binary, &self.args).await;
        let client =
            opened.with_context(|| format!("the program printed:\n{}", home.driver_log()))?;
        let window = Window {
            client,
            driver,
            home,
            _turn: turn,
        };
        window
            .until("the page is loaded", async || {
                let state = window.eval("return document.readyState").await?;
                Ok((state == "complete").then_some(()))
            })
            .await?;
        Ok(window)
    }
}

/// An open window.
pub(crate) struct Window {
    client: Client,
    driver: Driver,
    home: Home,
    // Last, so that the next window opens only when this one's processes have gone.
    _turn: MutexGuard<'static, ()>,
}

impl Window {
    /// Opens the window of a fresh home.
    ///
    /// # Errors
    ///
    /// See [`Launch::open`].
    pub(crate) async fn open() -> Result<Self> {
        Launch::default().open().await
    }

    /// The home that the program runs in.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// What the program and its page have in memory now.
    ///
    /// # Errors
    ///
    /// When one of the two has gone.
    pub(crate) fn memory(&self) -> Result<Memory> {
        Memory::of_group(self.driver.group())
    }

    /// Ends the program the hard way, as a crash would, and hands back its home.
    pub(crate) fn kill(self) -> Home {
        drop(self.driver);
        self.home
    }

    /// Ends the session and the program, and hands back its home.
    ///
    /// # Errors
    ///
    /// When the program is no longer there.
    pub(crate) async fn close(self) -> Result<Home> {
        self.client.close().await.context("the window had gone")?;
        drop(self.driver);
        Ok(self.home)
    }

    /// Clicks the one element with this role and name, for instance `("button", "Approve")`.
    ///
    /// # Errors
    ///
    /// When it does not show up, or something covers it.
    pub(crate) async fn click(&self, role: &str, name: &str) -> Result<()> {
        self.until(&format!("{role} “{name}” can be clicked"), async || {
            let Some(element) = self.find(role, name).await? else {
                return Ok(None);
            };
            // It may move, or be covered for the length of an animation.
            Ok(element.click().await.ok())
        })
        .await
    }

    /// Clicks the first element that fits a selector, inside the one with this `data-testid`: what stands on many cards.
    ///
    /// # Errors
    ///
    /// When it does not show up, or something covers it.
    pub(crate) async fn click_in(&self, testid: &str, selector: &str) -> Result<()> {
        let script = "const [testid, selector] = arguments;
            return [...document.querySelectorAll(`[data-testid=\"${testid}\"] ${selector}`)]";
        self.until(
            &format!("`{selector}` in `{testid}` can be clicked"),
            async || {
                let found = self
                    .client
                    .execute(script, vec![json!(testid), json!(selector)])
                    .await?;
                let Some(element) = self.elements(&found).into_iter().next() else {
                    return Ok(None);
                };
                Ok(element.click().await.ok())
            },
        )
        .await
    }

    /// Clicks the element with this `data-testid`.
    ///
    /// # Errors
    ///
    /// When it does not show up, or something covers it.
    pub(crate) async fn click_testid(&self, testid: &str) -> Result<()> {
        self.until(&format!("`{testid}` can be clicked"), async || {
            let Some(element) = self.find_testid(testid).await? else {
                return Ok(None);
            };
            Ok(element.click().await.ok())
        })
        .await
    }

    /// Replaces the text of the field with this role (`textbox`, `searchbox`, `combobox`) and name.
    ///
    /// # Errors
    ///
    /// When there is no such field, or it takes no text.
    pub(crate) async fn fill(&self, role: &str, name: &str, text: &str) -> Result<()> {
        let field = self.named(role, name).await?;
        field.clear().await?;
        // A line feed is no key; the key that makes one is Enter.
        let enter = char::from(Key::Enter).to_string();
        field.send_keys(&text.replace('\n', &enter)).await?;
        Ok(())
    }

    /// Presses one chord, for instance `Control+k`, `Escape` or `j`.
    ///
    /// # Errors
    ///
    /// When a key has no such name, or the window has gone.
    pub(crate) async fn press(&self, chord: &str) -> Result<()> {
        let keys: Vec<char> = chord.split('+').map(key).collect::<Result<_>>()?;
        let down = keys.iter().map(|&value| KeyAction::Down { value });
        let up = keys.iter().rev().map(|&value| KeyAction::Up { value });
        let actions = down
            .chain(up)
            .fold(KeyActions::new("keyboard".to_owned()), |actions, action| {
                actions.then(action)
            });
        self.client.perform_actions(actions).await?;
        Ok(())
    }

    /// Waits for the element with this role and name.
    ///
    /// # Errors
    ///
    /// When it does not show up.
    pub(crate) async fn named(&self, role: &str, name: &str) -> Result<Element> {
        self.until(&format!("{role} “{name}” is there"), async || {
            self.find(role, name).await
        })
        .await
    }

    /// Waits for the element with this `data-testid`.
    ///
    /// # Errors
    ///
    /// When it does not show up.
    pub(crate) async fn element(&self, testid: &str) -> Result<Element> {
        self.until(&format!("`{testid}` is there"), async || {
            self.find_testid(testid).await
        })
        .await
    }

    /// The visible text of the element with this `data-testid`.
    ///
    /// # Errors
    ///
    /// When it does not show up.
    pub(crate) async fn text(&self, testid: &str) -> Result<String> {
        Ok(self.element(testid).await?.text().await?)
    }

    /// Waits until the page shows this text.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub(crate) async fn shows(&self, text: &str) -> Result<()> {
        self.until(&format!("“{text}” is shown"), async || {
            Ok(self.visible_text().await?.contains(text).then_some(()))
        })
        .await
    }

    /// Waits until the page shows this text, for as long as a deployment to a store may take.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub(crate) async fn shows_in_the_end(&self, text: &str) -> Result<()> {
        self.until_within(
            LONG_PATIENCE,
            &format!("“{text}” is shown"),
            async || Ok(self.visible_text().await?.contains(text).then_some(())),
        )
        .await
    }

    /// Waits until the page no longer shows this text.
    ///
    /// # Errors
    ///
    /// When it still does.
    pub(crate) async fn hides(&self, text: &str) -> Result<()> {
        self.until(&format!("“{text}” is gone"), async || {
            Ok((!self.visible_text().await?.contains(text)).then_some(()))
        })
        .await
    }

    /// Tells whether an element with this role and name is there now, without waiting.
    ///
    /// # Errors
    ///
    /// When the window has gone.
    pub(crate) async fn has(&self, role: &str, name: &str) -> Result<bool> {
        Ok(self.find(role, name).await?.is_some())
    }

    /// The title of the page.
    ///
    /// # Errors
    ///
    /// When the window has gone.
    pub(crate) async fn title(&self) -> Result<String> {
        Ok(self.client.title().await?)
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    ///
    /// When the script throws.
    pub(crate) async fn eval(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, vec![]).await?)
    }

    /// Runs a script in the page that ends by calling its last argument, and returns what it gives that.
    ///
    /// # Errors
    ///
    /// When the script throws, or does not end in time.
    pub(crate) async fn eval_async(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute_async(script, vec![]).await?)
    }

    /// Sends a command over the page's IPC, past the UI. `Err` holds what the shell answered instead.
    ///
    /// # Errors
    ///
    /// When the window has gone.
    pub(crate) async fn invoke(
        &self,
        command: &str,
        payload: Value,
    ) -> Result<Result<Value, Value>> {
        let script = "const [command, payload, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, payload)
                .then(value => done({ value }), error => done({ error }));";
        let answer = self
            .client
            .execute_async(script, vec![json!(command), payload])
            .await?;
        Ok(match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["value"].clone()),
        })
    }

    /// Makes the window this large, in pixels.
    ///
    /// # Errors
    ///
    /// When the display is smaller than that.
    pub(crate) async fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.client.set_window_size(width, height).await?;
        let inner = "return [innerWidth, innerHeight]";
        self.until(&format!("the window is {width} × {height}"), async || {
            Ok((self.eval(inner).await? == json!([width, height])).then_some(()))
        })
        .await
    }

    /// Waits until the page is painted with its fonts, animations have ended and nothing says that it is busy.
    ///
    /// # Errors
    ///
    /// When the page does not come to rest.
    pub(crate) async fn settled(&self) -> Result<()> {
        // The page has its keys once what `index.html` shows has made room.
        let script = "return performance.getEntriesByName('first-contentful-paint').length > 0
            && document.getElementById('boot') === null
            && document.fonts.status === 'loaded'
            && document.querySelector('[aria-busy=\"true\"]') === null
            && document.getAnimations().every(animation => animation.playState !== 'running'
                || animation.effect.getTiming().iterations === Infinity)";
        self.until("the page is at rest", async || {
            Ok((self.eval(script).await? == true).then_some(()))
        })
        .await?;
        // What was last changed is on the screen once two frames have gone by.
        let two_frames = "const [done] = arguments;
            requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.client.execute_async(two_frames, vec![]).await?;
        Ok(())
    }

    /// Saves what the window shows as `screenshots/<name>.png` in cargo's target folder.
    ///
    /// # Errors
    ///
    /// When the window has gone, or the picture cannot be written.
    pub(crate) async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .context("BUG: cargo's temporary folder has no parent")?
            .join("screenshots");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, self.client.screenshot().await?)?;
        Ok(path)
    }

    /// What a person can read on the page.
    pub(crate) async fn visible_text(&self) -> Result<String> {
        let text = self.eval("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    async fn find_testid(&self, testid: &str) -> Result<Option<Element>> {
        let script = "return [...document.querySelectorAll('[data-testid]')]
            .filter(element => element.dataset.testid === arguments[0])";
        let found = self.client.execute(script, vec![json!(testid)]).await?;
        Ok(self.elements(&found).into_iter().next())
    }

    /// Finds the visible element with this role whose name is `name` or, failing that, the only one whose name holds it.
    async fn find(&self, role: &str, name: &str) -> Result<Option<Element>> {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .filter(element => element.checkVisibility({ visibilityProperty: true }))";
        let candidates = self
            .client
            .execute(script, vec![json!(selector(role))])
            .await?;
        let mut holding = Vec::new();
        for element in self.elements(&candidates) {
            // An element that has gone since is not the one that is looked for.
            let Ok(found_role) = self.ask(&element, "computedrole").await else {
                continue;
            };
            let Ok(found_name) = self.ask(&element, "computedlabel").await else {
                continue;
            };
            if found_role != role {
                continue;
            }
            if found_name == name {
                return Ok(Some(element));
            }
            if found_name.contains(name) {
                holding.push(element);
            }
        }
        Ok(if holding.len() == 1 {
            holding.pop()
        } else {
            None
        })
    }

    fn elements(&self, found: &Value) -> Vec<Element> {
        found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|reference| reference[ELEMENT_KEY].as_str())
            .map(|id| {
                Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))
            })
            .collect()
    }

    async fn ask(&self, element: &Element, property: &'static str) -> Result<String> {
        let question = Question {
            element: element.element_id().to_string(),
            property,
        };
        let answer = self.client.issue_cmd(question).await?;
        Ok(answer.as_str().unwrap_or_default().trim().to_owned())
    }

    /// Waits until `look` finds something; if it does not, leaves a picture and says what the page shows instead.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> Result<Option<T>>,
    ) -> Result<T> {
        self.until_within(PATIENCE, what, look).await
    }

    async fn until_within<T>(
        &self,
        patience: Duration,
        what: &str,
        look: impl AsyncFn() -> Result<Option<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let mut last_error = None;
        while start.elapsed() < patience {
            match look().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) => last_error = Some(error),
            }
            tokio::time::sleep(POLL).await;
        }
        let picture = self.screenshot("failed").await;
        let shown = self.visible_text().await.unwrap_or_default();
        let mut failure = anyhow!(
            "waited in vain until {what}; picture: {picture:?}; the page shows:\n{shown}\nthe program printed:\n{}",
            self.home.driver_log()
        );
        if let Some(error) = last_error {
            failure = failure.context(error);
        }
        Err(failure)
    }
}

/// The elements that can have a role; which of them do, the browser says.
fn selector(role: &str) -> String {
    let native = match role {
        "button" => "button, summary, input[type=button], input[type=submit]",
        "link" => "a[href]",
        "textbox" => "input, textarea, [contenteditable]",
        "searchbox" => "input[type=search]",
        "combobox" => "select, input[list]",
        "checkbox" => "input[type=checkbox]",
        "radio" => "input[type=radio]",
        "option" => "option",
        "heading" => "h1, h2, h3, h4, h5, h6",
        "dialog" => "dialog",
        "listitem" => "li",
        "row" => "tr",
        _ => "",
    };
    let explicit = format!("[role={role}]");
    if native.is_empty() {
        explicit
    } else {
        format!("{explicit}, {native}")
    }
}

fn key(name: &str) -> Result<char> {
    let named = match name {
        "Control" => Key::Control,
        "Shift" => Key::Shift,
        "Alt" => Key::Alt,
        "Meta" => Key::Meta,
        "Enter" => Key::Enter,
        "Escape" => Key::Escape,
        "Tab" => Key::Tab,
        "Space" => return Ok(' '),
        "Backspace" => Key::Backspace,
        "Delete" => Key::Delete,
        "ArrowUp" => Key::Up,
        "ArrowDown" => Key::Down,
        "ArrowLeft" => Key::Left,
        "ArrowRight" => Key::Right,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        _ => {
            let mut letters = name.chars();
            return match (letters.next(), letters.next()) {
                (Some(letter), None) => Ok(letter),
                _ => bail!("no key is called {name:?}"),
            };
        }
    };
    Ok(named.into())
}

/// Asks for what the browser tells assistive technology about an element.
#[derive(Debug)]
struct Question {
    element: String,
    property: &'static str,
}

impl WebDriverCompatibleCommand for Question {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        let Self { element, property } = self;
        base_url.join(&format!("session/{session}/element/{element}/{property}"))
    }

    fn method_and_body(&self, _request_url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::GET, None)
    }
}
