//! What a simulated shop is told at its start: name, content, plan, rights and tempers.

use std::path::PathBuf;
use std::time::Duration;

use super::clock::Clock;

/// A simulated shop, before it is opened.
#[derive(Clone, Debug)]
pub struct ShopSpec {
    /// The shop's name; its domain is `NAME.myshopify.com`.
    pub name: String,
    /// What it holds at the start.
    pub seed: Seed,
    /// How many points a second its apps may use.
    pub plan: Plan,
    /// What the app's token may touch.
    pub scopes: Vec<String>,
    /// Whether the app may write themes with its ordinary token: the schema asks for an exemption.
    pub theme_exemption: bool,
    /// Whether the shop answers 402, as one whose bill is open.
    pub frozen: bool,
    /// Whether the shop answers 423, as one that is locked.
    pub locked: bool,
    /// How long searches go on answering what was before a write.
    pub search_lag: Duration,
    /// How long jobs take, and files are processed.
    pub job_time: Duration,
    /// The shop's time.
    pub clock: Clock,
    /// Where the content is kept between starts: taken from there when the file exists, seeded when it does not.
    pub file: Option<PathBuf>,
    /// What seeded faults draw from.
    pub fault_seed: u64,
}

impl ShopSpec {
    /// A shop with this name and content, on the Standard plan, with all rights.
    pub fn new(name: impl Into<String>, seed: Seed) -> Self {
        Self {
            name: name.into(),
            seed,
            plan: Plan::Standard,
            scopes: ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            theme_exemption: true,
            frozen: false,
            locked: false,
            search_lag: Duration::from_millis(150),
            job_time: Duration::from_millis(150),
            clock: Clock::system(),
            file: None,
            fault_seed: 0,
        }
    }

    /// Reads `NAME` or `NAME=SEED`; without a seed the one named like the shop is taken, else `empty`.
    ///
    /// # Errors
    /// A name that can't be a shop's, or a seed that does not exist.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let (name, seed) = match text.split_once('=') {
            Some((name, seed)) => (name, Some(seed)),
            None => (text, None),
        };
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if name.is_empty() || name.len() > 60 || !is_name || name.starts_with('-') {
            return Err(SpecError::Name {
                name: name.to_owned(),
            });
        }
        let seed = match seed {
            Some(seed) => Seed::parse(seed)?,
            None => Seed::parse(name).unwrap_or(Seed::Empty),
        };
        Ok(Self::new(name, seed))
    }

    /// Puts the shop on another plan.
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// Gives the shop another time.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps the shop's content in this file.
    pub fn kept(mut self, file: PathBuf) -> Self {
        self.file = Some(file);
        self
    }

    /// Takes a right away from the app's token.
    pub fn without_scope(mut self, scope: &str) -> Self {
        self.scopes.retain(|held| held != scope);
        self
    }

    /// The shop's domain.
    pub fn store(&self) -> String {
        format!("{}.myshopify.com", self.name)
    }
}

/// Why a shop can't be made from what was written.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The name can't be part of a domain.
    #[error("{name:?} can't be a shop's name; use 1 to 60 lower-case letters, digits and hyphens")]
    Name {
        /// What was written.
        name: String,
    },
    /// There is no such content.
    #[error(
        "{seed:?} is not a seed; use northwind-development, northwind-production, empty or products:N"
    )]
    Seed {
        /// What was written.
        seed: String,
    },
}

/// What a shop holds at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// Northwind's development store: a step ahead of production.
    NorthwindDevelopment,
    /// Northwind's production store.
    NorthwindProduction,
    /// A new shop: a theme, the default menus and nothing else.
    Empty,
    /// A new shop with this many products, made as they are asked for.
    Products(u64),
}

impl Seed {
    /// The most products that a generated shop may have.
    pub const PRODUCTS_MAX: u64 = 10_000_000;

    /// Reads `northwind-development`, `northwind-production`, `empty` or `products:N`.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let unknown = || SpecError::Seed {
            seed: text.to_owned(),
        };
        match text {
            "northwind-development" => Ok(Self::NorthwindDevelopment),
            "northwind-production" => Ok(Self::NorthwindProduction),
            "empty" => Ok(Self::Empty),
            _ => text
                .strip_prefix("products:")
                .and_then(|count| count.parse().ok())
                .filter(|count| *count <= Self::PRODUCTS_MAX)
                .map(Self::Products)
                .ok_or_else(unknown),
        }
    }
}

/// A plan, by what it lets an app use: shopify.dev/docs/api/usage/limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// 100 points a second, 2,000 at most at once.
    Standard,
    /// 200 points a second, 4,000 at most at once.
    Advanced,
    /// 1,000 points a second, 20,000 at most at once.
    Plus,
    /// 2,000 points a second, 40,000 at most at once.
    Enterprise,
}

impl Plan {
    /// Points restored each second.
    pub fn restore_rate(self) -> f64 {
        match self {
            Self::Standard => 100.0,
            Self::Advanced => 200.0,
            Self::Plus => 1_000.0,
            Self::Enterprise => 2_000.0,
        }
    }

    /// Points that a full bucket holds.
    pub fn bucket(self) -> f64 {
        self.restore_rate() * 20.0
    }

    /// The name that the shop shows.
    pub(crate) fn public_name(self) -> &'static str {
        match self {
            Self::Standard => "Basic",
            Self::Advanced => "Advanced",
            Self::Plus => "Shopify Plus",
            Self::Enterprise => "Enterprise",
        }
    }
}

/// Every right that something in the simulator asks for.
pub const ALL_SCOPES: &[&str] = &[
    "read_products",
    "write_products",
    "read_publications",
    "write_publications",
    "read_content",
    "write_content",
    "read_online_store_pages",
    "write_online_store_pages",
    "read_online_store_navigation",
    "write_online_store_navigation",
    "read_metaobjects",
    "write_metaobjects",
    "read_metaobject_definitions",
    "write_metaobject_definitions",
    "read_files",
    "write_files",
    "read_themes",
    "write_themes",
    "read_translations",
    "write_translations",
    "read_locales",
    "write_locales",
    "read_legal_policies",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_markets",
];
