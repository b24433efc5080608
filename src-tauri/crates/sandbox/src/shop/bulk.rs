//! Bulk operations.

use std::sync::Arc;

use super::host::Host;

pub(crate) fn start_pending(_host: &Arc<Host>) {}
