//! What the API keeps for each tenant: what names mean, the saved views, the live tail.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steplog_model::asker::Asker;
use steplog_model::catalogue::Catalogue;
use steplog_model::ids::Tenant;
use steplog_model::store::EventStore;
use steplog_model::views::ViewsStore;
use tokio::sync::OnceCell;

use crate::problem::{Problem, ProblemKind};
use crate::tail::{Places, Tail};
use crate::views::{OpenViewsError, Views};
use crate::vocabulary::{Vocabulary, Word};

/// Gives the words of a tenant's senders.
type WordsOf = dyn Fn(&Tenant) -> Vec<Word> + Send + Sync;

/// The words of senders, by tenant.
#[derive(Clone)]
pub struct SenderWords(Arc<WordsOf>);

impl SenderWords {
    /// The words that `of` gives for a tenant. It is asked once for each.
    pub fn new(of: impl Fn(&Tenant) -> Vec<Word> + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }
}

/// None.
impl Default for SenderWords {
    fn default() -> Self {
        Self::new(|_| Vec::new())
    }
}

impl fmt::Debug for SenderWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SenderWords")
    }
}

/// What all tenants' parts are made of.
pub(crate) struct Sources {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) views: Arc<dyn ViewsStore>,
    pub(crate) words: SenderWords,
    pub(crate) names: Catalogue,
}

/// The tenants that somebody has asked for.
pub(crate) struct Tenants {
    sources: Sources,
    places: Places,
    known: Mutex<HashMap<Tenant, Arc<TenantParts>>>,
}

/// What is kept for one tenant.
pub(crate) struct TenantParts {
    pub(crate) words: Arc<Vocabulary>,
    pub(crate) tail: Tail,
    views: OnceCell<Arc<Views>>,
}

impl Tenants {
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources, places: Places::default(), known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Tenant, Arc<TenantParts>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parts of the asker's tenant.
    pub(crate) fn of(&self, asker: &Asker) -> Arc<TenantParts> {
        let Sources { store, words, names, .. } = &self.sources;
        let tenant = &asker.tenant;
        let mut known = self.known();
        if let Some(parts) = known.get(tenant) {
            return Arc::clone(parts);
        }
        let parts = Arc::new(TenantParts {
            words: Arc::new(Vocabulary::new(names, &words.0(tenant))),
            tail: Tail::new(Arc::clone(store), tenant.clone(), self.places.clone()),
            views: OnceCell::new(),
        });
        known.insert(tenant.clone(), Arc::clone(&parts));
        parts
    }

    /// The saved views of the asker's tenant.
    pub(crate) async fn views(&self, asker: &Asker) -> Result<Arc<Views>, Problem> {
        let parts = self.of(asker);
        let (store, tenant) = (Arc::clone(&self.sources.views), asker.tenant.clone());
        let open = async || {
            let opening = tokio::task::spawn_blocking(move || Views::open(store, tenant));
            Ok::<_, Problem>(Arc::new(opening.await.map_err(|_| Problem::failed_within())??))
        };
        parts.views.get_or_try_init(open).await.cloned()
    }

    /// What an operator should know of the views that were opened.
    pub(crate) fn notices(&self) -> Vec<String> {
        let known = self.known();
        let views = known.values().filter_map(|parts| parts.views.get());
        views.filter_map(|views| views.notice().map(str::to_owned)).collect()
    }
}

impl From<OpenViewsError> for Problem {
    fn from(error: OpenViewsError) -> Self {
        tracing::error!(%error, "saved views cannot be opened");
        Self::new(ProblemKind::StoreFailed, error.to_string())
    }
}
