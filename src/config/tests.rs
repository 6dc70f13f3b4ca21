use super::*;

fn command() -> Command {
    let serve = ServeSettings::augment_args(Command::new("serve"));
    // What the environment of the test run says must not matter.
    Command::new("steplog").subcommand(serve.mut_args(|arg| arg.env(None)))
}

fn resolve_with(text: &str, flags: &[&str]) -> Result<Resolved, ResolveError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.toml");
    std::fs::write(&path, text).unwrap();
    let mut args: Vec<OsString> = vec!["steplog".into(), "serve".into(), "--config".into(), path.into()];
    args.extend(flags.iter().map(OsString::from));
    resolve(&command(), "serve", &args)
}

#[track_caller]
fn check_problems(text: &str, want: &[&str]) {
    let Err(ResolveError::Settings(error)) = resolve_with(text, &[]) else {
        panic!("{text:?} has no problems")
    };
    let told: Vec<_> = error.problems.iter().map(|line| line.split_once("test.toml:").unwrap().1).collect();
    assert_eq!(told, want);
}

#[test]
fn the_file_fills_what_flags_leave_open() {
    let text = "otlp_grpc = \"127.0.0.1:1\"\notlp_max_streams = 7\ndemo = true\n";
    let resolved = resolve_with(text, &["--otlp-max-streams", "9"]).unwrap();
    assert_eq!(resolved.settings.receiver.otlp_grpc.port(), 1);
    assert_eq!(resolved.settings.receiver.otlp_max_streams, 9);
    assert_eq!(resolved.settings.receiver.otlp_http.port(), 4318);
    assert!(resolved.settings.app.demo);
    let origin = |long: &str| {
        let setting = settings().into_iter().find(|setting| setting.get_long() == Some(long)).unwrap();
        resolved
            .origin(&setting)
            .rsplit_once('/')
            .map_or(resolved.origin(&setting), |(_, end)| end.to_owned())
    };
    assert_eq!(origin("otlp-grpc"), "test.toml:1");
    assert_eq!(origin("otlp-max-streams"), "--otlp-max-streams");
    assert_eq!(origin("otlp-http"), "default");
    assert_eq!(origin("demo"), "test.toml:3");
}

#[test]
fn lists_and_switched_off_switches_are_read() {
    let text = "otlp_cors_origins = [\"https://a.example\", \"https://b.example\"]\ndemo = false\n";
    let resolved = resolve_with(text, &[]).unwrap();
    assert_eq!(resolved.settings.receiver.otlp_cors_origins, ["https://a.example", "https://b.example"]);
    assert!(!resolved.settings.app.demo);
}

#[test]
fn sections_are_left_to_their_parts() {
    let resolved =
        resolve_with("demo = true\n[mapping.person]\nattributes = [\"x\"]\n[links]\n", &[]).unwrap();
    assert!(resolved.settings.app.demo && resolved.file_text().contains("[mapping.person]"));
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    check_problems(
        "otlp_gprc = \"x\"\n  otlp_http = \"nowhere\"\notlp_max_streams = 0\ndemo = \"yes\"\nzzz = 1\n[log]\n",
        &[
            "1:1: there is no setting \"otlp_gprc\"; did you mean \"otlp_grpc\"?",
            "2:15: otlp_http: the port is missing; write ADDRESS:PORT or NAME:PORT, such as 127.0.0.1:8080 or localhost:8080",
            "3:20: otlp_max_streams: must be from 1 to 10000",
            "4:8: demo: must be true or false, not a string",
            "5:1: there is no setting \"zzz\"; `steplog check --print` lists them all",
            "6:1: log: must be a text, a decimal number, true or false, not a table",
        ],
    );
    check_problems("demo = \n", &["1:8: string values must be quoted, expected literal string"]);
}

#[test]
fn numbers_may_have_units_in_flags_and_file() {
    let text = "memory_bytes = \"4GB\"\nstore_retention_days = \"2w\"\nquery_timeout_millis = 750\n";
    let resolved = resolve_with(text, &["--store-compact-after-hours", "1.5d"]).unwrap();
    let ServeSettings { app, store, query, .. } = resolved.settings;
    assert_eq!((app.memory_bytes, store.store_retention_days), (4_000_000_000, 14));
    assert_eq!((query.query_timeout_millis, store.store_compact_after_hours), (750, 36));
    check_problems(
        "memory_bytes = \"1G\"\nstore_retention_days = \"36h\"\nstore_commit_millis = 0.5\notlp_body_seconds = -1\n",
        &[
            "1:16: memory_bytes: G may be GB, of 1000, or GiB, of 1024; write a number of bytes, or one with KB, MB, GB, \
             KiB, MiB or GiB, such as 512MiB",
            "2:24: store_retention_days: 36h is no whole number of days; write a number of days, or one with d or w, \
             such as 7 or 7d",
            "3:23: store_commit_millis: 0.5 is no whole number of milliseconds; write a number of milliseconds, or one \
             with ms, s, m, h or d, such as 5000 or 5s",
            "4:21: otlp_body_seconds: write a number of seconds, or one with s, m, h or d, such as 300 or 5m",
        ],
    );
}

#[test]
fn a_file_that_is_named_must_exist() {
    let args = ["steplog", "serve", "--config", "/nowhere/x.toml"].map(OsString::from);
    let error = resolve(&command(), "serve", &args).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the settings file /nowhere/x.toml: "), "{error}");
}

#[test]
fn the_parts_follow_from_the_memory_unless_they_are_set() {
    let bytes = |flags: &[&str]| {
        let resolved = resolve_with("", flags).unwrap();
        let ServeSettings { receiver, store, .. } = &resolved.settings;
        let setting =
            settings().into_iter().find(|one| one.get_long() == Some("store-builder-bytes")).unwrap();
        let origin = resolved.origin(&setting);
        (receiver.otlp_in_flight_bytes, receiver.otlp_request_bytes, store.store_builder_bytes, origin)
    };
    let default = (144 << 20, 64 << 20, 128 << 20, "default".to_owned());
    assert_eq!(bytes(&[]), default);
    // The defaults of the parts are what follows from the default of the whole.
    let said = bytes(&["--memory-bytes", "536870912"]);
    assert_eq!((said.0, said.1, said.2), (default.0, default.1, default.2));
    let small = bytes(&["--memory-bytes", "134217728"]);
    assert_eq!((small.0, small.2, small.3.as_str()), (36 << 20, 32 << 20, "memory_bytes"));
    assert!(2 * (small.1 as usize + (8 << 10)) <= small.0, "a request fits twice: {small:?}");
    let set = bytes(&[
        "--memory-bytes",
        "134217728",
        "--store-builder-bytes",
        "5",
        "--otlp-request-bytes",
        "67108864",
    ]);
    assert_eq!((set.1, set.2), (64 << 20, 5));
    assert!(set.0 >= 2 * ((64 << 20) + (8 << 10)));
}
