//! What this platform leaves where it is, in one list for the documentation and the window.

use slipway_engine::LeftAlone;

const fn left(what: &'static str, why: &'static str) -> LeftAlone {
    LeftAlone { what, why }
}

/// What is neither captured nor changed.
pub const NOT_CAPTURED: &[LeftAlone] = &[
    left(
        "Orders, draft orders, returns and refunds",
        "they happen in one store and belong to it",
    ),
    left(
        "Customers, companies and segments",
        "they are personal data of one store",
    ),
    left(
        "Stock at locations",
        "restoring it would undo the sales made meanwhile",
    ),
    left(
        "Locations and shipping profiles",
        "they describe the business behind one store",
    ),
    left(
        "Discounts, price lists and gift cards",
        "they are worth money and run at set times",
    ),
    left(
        "Markets, catalogs and web presences",
        "what depends on them is captured without them",
    ),
    left(
        "Translations for single markets",
        "markets are not carried over",
    ),
    left(
        "Translations of menu items, options, metafields and themes",
        "these have no natural key of their own",
    ),
    left(
        "Apps, sales channels and their settings",
        "apps are installed by people",
    ),
    left(
        "Metafields that belong to other apps",
        "only the app itself may write them",
    ),
    left(
        "References to customers, companies and orders",
        "what they lead to is not carried over",
    ),
    left(
        "Selling plans, bundles and combined listings",
        "apps make and own them",
    ),
    left(
        "Comments on articles",
        "they can't be made again in the name of who wrote them",
    ),
    left(
        "Policies, checkout, taxes and payments",
        "they are settings of one business",
    ),
    left(
        "Dates of creation, and of publications that took effect",
        "the store sets them",
    ),
    left(
        "Files of more than 20 MB",
        "they are compared by size and have to be moved by hand",
    ),
];
