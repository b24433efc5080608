//! Capturing many objects by bulk operations.

use slipway_sandbox::shop::{Fault, FaultKind, When};

use super::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_products_are_captured_in_bulk_and_as_by_pages() {
    let world = World::of(&["products:150"]).await;
    let shop = world.handle("shop-a");
    // One whose answer is lost is waited for, or begun again.
    shop.fault(Fault::once(FaultKind::LostAnswer).on("RunBulkQuery"));
    world.captured("shop-a").await;
    shop.clear_faults();
    shop.reset_counters();
    let bulk = world.captured("shop-a").await;
    assert_eq!(bulk.of_kind("product").len(), 150);
    let counters = shop.counters();
    assert_eq!(
        counters.operations.get("RunBulkQuery"),
        Some(&3),
        "two for products, one for files: {counters:?}"
    );
    assert_eq!(counters.operations.get("Products"), None, "{counters:?}");

    shop.fault(
        Fault::once(FaultKind::Status {
            status: 403,
            retry_after: None,
        })
        .on("RunBulkQuery")
        .when(When::Always),
    );
    let pages = world.captured("shop-a").await;
    assert!(
        shop.counters().operations["Products"] > 1,
        "by pages, where bulk operations are refused"
    );
    assert_eq!(bulk.documents, pages.documents);
}
