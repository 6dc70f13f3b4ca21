use super::*;

fn new(name: &str) -> NewView {
    NewView { name: name.to_owned(), query: "status=failure".to_owned() }
}

fn open(store: &Arc<InMemory>) -> Result<Views, OpenViewsError> {
    Views::open(Arc::clone(store) as Arc<dyn ViewsStore>, Tenant::default())
}

fn empty() -> Views {
    open(&Arc::default()).unwrap()
}

#[test]
fn views_last_and_their_ids_are_given_once() {
    let store = Arc::default();
    let views = open(&store).unwrap();
    let first = views.add(new("a"), UnixNanos(1)).unwrap();
    let second = views.add(new("b"), UnixNanos(2)).unwrap();
    views.remove(&second.id).unwrap();
    let third = views.add(new(" b "), UnixNanos(3)).unwrap();
    assert_ne!(third.id, second.id);
    let changed = views.update(&first.id, new("c"), UnixNanos(4)).unwrap();
    assert_eq!((&changed.created, &*changed.name), (&first.created, "c"));
    drop(views);
    let again = open(&store).unwrap();
    assert_eq!(again.list(), [third, changed]);
    assert_eq!(again.notice(), None);
}

#[test]
fn names_are_unique_and_bounded() {
    let views = empty();
    let view = views.add(new("a"), UnixNanos(1)).unwrap();
    assert!(matches!(views.add(new("a"), UnixNanos(1)), Err(ViewError::NameTaken(_))));
    assert!(views.update(&view.id, new("a"), UnixNanos(1)).is_ok(), "its own name");
    assert!(matches!(views.update("9", new("z"), UnixNanos(1)), Err(ViewError::NotFound(_))));
    for bad in ["", "  ", "a\nb", &"x".repeat(121)] {
        assert!(matches!(views.add(new(bad), UnixNanos(1)), Err(ViewError::Invalid(_))), "{bad:?}");
    }
    for number in 1..MAX_VIEWS {
        views.add(new(&number.to_string()), UnixNanos(1)).unwrap();
    }
    assert!(matches!(views.add(new("one more"), UnixNanos(1)), Err(ViewError::TooMany)));
}

#[test]
fn a_damaged_document_is_set_aside_and_told() {
    let store = Arc::<InMemory>::default();
    for damaged in ["", "{\"format\":1,\"next_id\":", "[]", "\u{0}"] {
        store.replace(&Tenant::default(), damaged.as_bytes()).unwrap();
        let views = open(&store).unwrap();
        assert!(views.notice().unwrap().contains("could not be read"), "{damaged:?}");
        views.add(new("a"), UnixNanos(1)).unwrap();
        assert_eq!(open(&store).unwrap().list().len(), 1);
    }
}

#[test]
fn no_id_is_left_behind_the_last_number() {
    let store = Arc::<InMemory>::default();
    let last = format!(r#"{{"format":1,"next_id":{},"views":[]}}"#, u64::MAX);
    store.replace(&Tenant::default(), last.as_bytes()).unwrap();
    assert!(matches!(open(&store).unwrap().add(new("a"), UnixNanos(1)), Err(ViewError::TooMany)));
}

#[test]
fn a_document_of_a_newer_program_is_left_alone() {
    let store = Arc::<InMemory>::default();
    let newer = br#"{"format":9,"anything":[]}"#;
    store.replace(&Tenant::default(), newer).unwrap();
    assert!(matches!(open(&store), Err(OpenViewsError::Newer { format: 9, .. })));
    assert_eq!(store.read(&Tenant::default()).unwrap().as_deref(), Some(&newer[..]));
}

#[test]
fn a_change_that_does_not_last_is_none() {
    /// Takes the first document alone.
    struct Full(InMemory);
    impl ViewsStore for Full {
        fn read(&self, tenant: &Tenant) -> io::Result<Option<Vec<u8>>> {
            self.0.read(tenant)
        }
        fn replace(&self, tenant: &Tenant, document: &[u8]) -> io::Result<()> {
            match self.0.read(tenant)? {
                Some(_) => Err(io::ErrorKind::StorageFull.into()),
                None => self.0.replace(tenant, document),
            }
        }
        fn set_aside(&self, tenant: &Tenant) -> io::Result<String> {
            self.0.set_aside(tenant)
        }
        fn place(&self, tenant: &Tenant) -> String {
            self.0.place(tenant)
        }
    }
    let views = Views::open(Arc::new(Full(InMemory::default())), Tenant::default()).unwrap();
    views.add(new("a"), UnixNanos(1)).unwrap();
    assert!(matches!(views.add(new("b"), UnixNanos(1)), Err(ViewError::Disk(_))));
    assert_eq!(views.list().len(), 1);
}
