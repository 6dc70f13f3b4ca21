//! Methods of a store that tests wrap around another one.

/// Implements methods of [`EventStore`](crate::store::EventStore) by calling the same method of another store:
/// `delegate_store! { self => self.scan; event facets count }`, within the `impl`.
#[macro_export]
macro_rules! delegate_store {
    ($this:ident => $inner:expr; $($method:ident)*) => {
        $($crate::delegate_store! { @$method $this $inner })*
    };
    (@ingest $this:ident $inner:expr) => {
        fn ingest(&$this, batch: $crate::event::EventBatch) -> $crate::store::IngestFuture {
            $inner.ingest(batch)
        }
    };
    (@event $this:ident $inner:expr) => {
        fn event(
            &$this,
            tenant: &$crate::ids::Tenant,
            id: $crate::ids::EventId,
            budget: &$crate::store::Budget,
        ) -> Result<Option<$crate::event::StoredEvent>, $crate::store::StoreError> {
            $inner.event(tenant, id, budget)
        }
    };
    (@page $this:ident $inner:expr) => { $crate::delegate_store! { @ $this $inner, page PageRequest Page } };
    (@facets $this:ident $inner:expr) => { $crate::delegate_store! { @ $this $inner, facets FacetRequest Facets } };
    (@histogram $this:ident $inner:expr) => {
        $crate::delegate_store! { @ $this $inner, histogram HistogramRequest Histogram }
    };
    (@count $this:ident $inner:expr) => { $crate::delegate_store! { @ $this $inner, count Query Count } };
    (@hotspots $this:ident $inner:expr) => {
        $crate::delegate_store! { @ $this $inner, hotspots HotspotsRequest Hotspots }
    };
    (@arrivals $this:ident $inner:expr) => {
        $crate::delegate_store! { @ $this $inner, arrivals ArrivalsRequest Arrivals }
    };
    (@health $this:ident $inner:expr) => {
        fn health(&$this) -> $crate::store::Health {
            $inner.health()
        }
    };
    (@ $this:ident $inner:expr, $method:ident $request:ident $answer:ident) => {
        fn $method(
            &$this,
            request: &$crate::query::$request,
            budget: &$crate::store::Budget,
        ) -> Result<$crate::query::$answer, $crate::store::StoreError> {
            $inner.$method(request, budget)
        }
    };
}
