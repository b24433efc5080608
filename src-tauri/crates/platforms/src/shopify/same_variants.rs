//! Which variants of a product those of another document of it are, also where the value of an option was renamed: a variant that
//! is made anew has no stock.
//!
//! Known by their options; else by a SKU or a barcode that only one of them has on each side. A value that was renamed for these
//! is renamed for the rest. Without such a sign, another name is another variant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::kinds::each;

/// By what a product is known though it has another handle: the SKUs of its variants, where each has one.
pub(super) fn signs(product: &Value) -> Vec<String> {
    let skus = each(&product["variants"]).map(|variant| variant["sku"].as_str().map(str::to_owned));
    let mut skus = skus.collect::<Option<Vec<_>>>().unwrap_or_default();
    skus.sort_unstable();
    skus
}

/// What of one document is what of another.
#[derive(Debug)]
pub(super) struct Same {
    /// For each variant after, the place of the one before.
    variants: Vec<Option<usize>>,
    /// For each variant before, whether it is one after.
    taken: Vec<bool>,
    /// For each option after, the place of the one before.
    options: Vec<Option<usize>>,
    /// By place of the option after and name of the value, its name before.
    renamed: BTreeMap<(usize, String), String>,
}

impl Same {
    /// Between two documents of a product.
    pub(super) fn between(before: &Value, after: &Value) -> Self {
        let options = options(before, after);
        let mut same = Self {
            variants: vec![None; each(&after["variants"]).count()],
            taken: vec![false; each(&before["variants"]).count()],
            renamed: BTreeMap::new(),
            options,
        };
        let old: Vec<&Value> = each(&before["variants"]).collect();
        let new: Vec<&Value> = each(&after["variants"]).collect();
        let by_options = |variants: &[&Value]| -> Vec<Option<String>> {
            let keys = variants.iter().map(|variant| Some(options_key(variant)));
            keys.collect()
        };
        same.pair(by_options(&old), by_options(&new), |_, _| true);
        for sign in ["sku", "barcode"] {
            same.pair_by(sign, &old, &new);
        }
        same.find_renamed(before, after);
        let were = old.iter().map(|variant| values(before, variant)).collect();
        let are = new.iter().map(|variant| same.values_before(after, variant));
        let are = are.collect();
        same.pair(were, are, |place, at| {
            let (before, after) = (&old[place]["sku"], &new[at]["sku"]);
            !(before.is_string() && after.is_string() && before != after)
        });
        same
    }

    /// The place before of a variant by its place after.
    pub(super) fn variant(&self, after: usize) -> Option<usize> {
        self.variants.get(after).copied().flatten()
    }

    /// The place before of an option by its place after.
    pub(super) fn option(&self, after: usize) -> Option<usize> {
        self.options.get(after).copied().flatten()
    }

    /// What the value of an option, by its place, was called before, if it was renamed.
    pub(super) fn former(&self, option: usize, value: &str) -> Option<&str> {
        let renamed = self.renamed.get(&(option, value.to_owned()));
        renamed.map(String::as_str)
    }

    /// The places before of variants that are none after.
    pub(super) fn gone(&self) -> Vec<usize> {
        let places = self.taken.iter().enumerate();
        let gone = places.filter(|(_, is_taken)| !**is_taken);
        gone.map(|(place, _)| place).collect()
    }

    fn take(&mut self, at: usize, place: usize) {
        self.variants[at] = Some(place);
        self.taken[place] = true;
    }

    /// Pairs those of the rest that have the same key, in their order, where they may be the same.
    fn pair<K: Ord>(
        &mut self,
        old: Vec<Option<K>>,
        new: Vec<Option<K>>,
        may_be: impl Fn(usize, usize) -> bool,
    ) {
        let mut free: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for (place, key) in old.into_iter().enumerate() {
            if let Some(key) = key.filter(|_| !self.taken[place]) {
                free.entry(key).or_default().push(place);
            }
        }
        for (at, key) in new.into_iter().enumerate() {
            if self.variants[at].is_some() {
                continue;
            }
            let Some(places) = key.and_then(|key| free.get_mut(&key)) else {
                continue;
            };
            if let Some(found) = places.iter().position(|place| may_be(*place, at)) {
                self.take(at, places.remove(found));
            }
        }
    }

    /// Pairs what only one of the rest has on each side.
    fn pair_by(&mut self, sign: &str, old: &[&Value], new: &[&Value]) {
        let only = |variants: &[&Value], is_free: &dyn Fn(usize) -> bool| {
            let mut places: BTreeMap<String, Option<usize>> = BTreeMap::new();
            for (place, variant) in variants.iter().enumerate() {
                if let Some(text) = variant[sign].as_str().filter(|text| !text.is_empty()) {
                    let found = places.entry(text.to_owned());
                    // Another one of that sign, paired already or not, makes it none.
                    found
                        .and_modify(|place| *place = None)
                        .or_insert(is_free(place).then_some(place));
                }
            }
            places
        };
        let before = only(old, &|place| !self.taken[place]);
        let after = only(new, &|place| self.variants[place].is_none());
        for (text, at) in after {
            if let (Some(at), Some(Some(place))) = (at, before.get(&text)) {
                self.take(at, *place);
            }
        }
    }

    /// The values that all variants that are the same have under another name, and that the other side does not know.
    fn find_renamed(&mut self, before: &Value, after: &Value) {
        let mut said: BTreeMap<(usize, String), BTreeSet<String>> = BTreeMap::new();
        for (at, new) in each(&after["variants"]).enumerate() {
            let Some(old) = self.variant(at).map(|place| &before["variants"][place]) else {
                continue;
            };
            for (option, place) in self.options.iter().enumerate() {
                let Some(place) = place else { continue };
                let value = |document: &Value, option: usize, variant: &Value| {
                    let name = document["options"][option]["name"].as_str()?.to_owned();
                    variant["options"][name].as_str().map(str::to_owned)
                };
                let (was, is) = (value(before, *place, old), value(after, option, new));
                if let (Some(was), Some(is)) = (was, is)
                    && was != is
                {
                    said.entry((option, is)).or_default().insert(was);
                }
            }
        }
        for ((option, is), was) in said {
            let place = self.options[option].unwrap_or_default();
            let has = |document: &Value, option: usize, name: &str| {
                each(&document["options"][option]["values"]).any(|value| *value == *name)
            };
            if let [was] = Vec::from_iter(was).as_slice()
                && !has(before, place, &is)
                && !has(after, option, was)
            {
                self.renamed.insert((option, is), was.clone());
            }
        }
    }

    /// The values of a variant after, by the places and names of before; `None` where an option was none then.
    fn values_before(&self, after: &Value, variant: &Value) -> Option<BTreeMap<usize, String>> {
        let values = values(after, variant)?.into_iter();
        let values = values.map(|(option, value)| {
            let former = self.former(option, &value).map(str::to_owned);
            Some((self.option(option)?, former.unwrap_or(value)))
        });
        values.collect()
    }
}

/// The options of a variant as text, whatever their order.
fn options_key(variant: &Value) -> String {
    match variant["options"].as_object() {
        Some(options) => {
            let sorted: BTreeMap<&String, &Value> = options.iter().collect();
            json!(sorted).to_string()
        }
        None => variant["options"].to_string(),
    }
}

/// The values of a variant by the places of the options.
fn values(document: &Value, variant: &Value) -> Option<BTreeMap<usize, String>> {
    let options = each(&document["options"]).enumerate();
    let values = options.map(|(place, option)| {
        let value = variant["options"].get(option["name"].as_str()?)?;
        Some((place, value.as_str()?.to_owned()))
    });
    values.collect()
}

/// Pairs options by their names; where as many are left on both sides, those in their order.
fn options(before: &Value, after: &Value) -> Vec<Option<usize>> {
    let old: Vec<&Value> = each(&before["options"])
        .map(|option| &option["name"])
        .collect();
    let new: Vec<&Value> = each(&after["options"])
        .map(|option| &option["name"])
        .collect();
    let mut rest = (0..old.len()).filter(|place| !new.contains(&old[*place]));
    let is_as_many = old.len() == new.len();
    new.iter()
        .map(|name| {
            let known = old.iter().position(|other| other == name);
            known.or_else(|| rest.next().filter(|_| is_as_many))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A product of one option; a variant is its value and its SKU.
    fn product(option: &str, variants: &[(&str, &str)]) -> Value {
        let values: Vec<&str> = variants.iter().map(|(value, _)| *value).collect();
        let variants: Vec<Value> = variants
            .iter()
            .map(|(value, sku)| {
                let mut variant = json!({"options": {option: value}});
                if !sku.is_empty() {
                    variant["sku"] = json!(sku);
                }
                variant
            })
            .collect();
        json!({"options": [{"name": option, "values": values}], "variants": variants})
    }

    #[test]
    fn variants_are_known_again_by_signs_and_never_by_a_guess() {
        let before = product("Milk", &[("Cow", "a"), ("Oat", "b"), ("Soy", "")]);
        for (what, after, expected) in [
            (
                "moved",
                product("Milk", &[("Oat", "b"), ("Cow", "a")]),
                vec![Some(1), Some(0)],
            ),
            (
                "a value renamed",
                product("Milk", &[("Cow", "a"), ("Oat (new)", "b")]),
                vec![Some(0), Some(1)],
            ),
            (
                "an option renamed",
                product("Kind", &[("Cow", "a"), ("Soy", "")]),
                vec![Some(0), Some(2)],
            ),
            (
                "without a sign",
                product("Milk", &[("Cow", "a"), ("Pea", "")]),
                vec![Some(0), None],
            ),
            (
                "another SKU",
                product("Milk", &[("Cow", "z")]),
                vec![Some(0)],
            ),
            (
                "a SKU twice",
                product("Milk", &[("A", "b"), ("B", "b")]),
                vec![None, None],
            ),
            (
                "swapped names",
                product("Milk", &[("Oat", "a"), ("Cow", "b")]),
                vec![Some(1), Some(0)],
            ),
        ] {
            assert_eq!(Same::between(&before, &after).variants, expected, "{what}");
        }
    }

    #[test]
    fn as_many_variants_as_a_product_takes_are_paired_at_once() {
        let of = |prefix: &str| {
            let variants = (0..2_048).map(|number| {
                json!({"options": {"Milk": format!("{prefix}{number}")}, "sku": number.to_string()})
            });
            json!({"options": [{"name": "Milk"}], "variants": variants.rev().collect::<Vec<_>>()})
        };
        let mut turned = of("a");
        (turned["variants"].as_array_mut().expect("a list")).reverse();
        for (after, expected) in [(of("b"), 0), (turned, 2_047)] {
            let same = Same::between(&of("a"), &after);
            assert_eq!(same.variant(0), Some(expected));
            assert!(same.gone().is_empty());
        }
    }

    #[test]
    fn a_value_that_some_variants_show_to_be_renamed_is_so_for_all() {
        let of = |milk: &str| {
            json!({
                "options": [{"name": "Milk", "values": [milk]}, {"name": "Size", "values": ["S", "L"]}],
                "variants": [
                    {"options": {"Milk": milk, "Size": "S"}, "sku": "s"}, {"options": {"Milk": milk, "Size": "L"}},
                ],
            })
        };
        let same = Same::between(&of("Oat"), &of("Oat (new)"));
        assert_eq!(same.variants, [Some(0), Some(1)]);
        assert_eq!(same.former(0, "Oat (new)"), Some("Oat"));
        assert!(same.gone().is_empty());
    }
}
