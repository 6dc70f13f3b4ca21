use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

fn turns(running: usize, running_long: usize, waiting: usize) -> Turns {
    let (running_of_one, waiting_long) = (running - running / 4, waiting.div_ceil(2));
    Turns::within(Bounds { running, running_long, running_of_one, waiting, waiting_long })
}

fn caller(number: u8) -> Caller {
    Caller { client: Client::of(([10, 0, 0, number], 1).into()), ..Caller::default() }
}

fn who(number: u8) -> CallerKey {
    of_tenant("default", number)
}

fn of_tenant(tenant: &str, number: u8) -> CallerKey {
    CallerKey { tenant: tenant.parse().unwrap(), client: caller(number).client }
}

fn runs(turns: &Turns, number: u8, length: Length) -> Turn {
    runs_as(turns.enter(who(number), length))
}

fn waits(turns: &Turns, number: u8, length: Length) -> oneshot::Receiver<Turn> {
    match turns.enter(who(number), length) {
        Entered::Waiting(turn) => turn,
        Entered::Running(_) | Entered::Refused => panic!("{number} does not wait"),
    }
}

fn is_refused(turns: &Turns, number: u8, length: Length) -> bool {
    matches!(turns.enter(who(number), length), Entered::Refused)
}

#[test]
fn short_questions_go_before_long_ones() {
    let turns = turns(4, 1, 8);
    let long = runs(&turns, 1, Length::Long);
    let mut second = waits(&turns, 1, Length::Long);
    // Places that long ones may not have.
    let short: Vec<Turn> = (2..5).map(|number| runs(&turns, number, Length::Short)).collect();
    let mut third = waits(&turns, 5, Length::Short);
    drop(long);
    assert!(third.try_recv().is_ok_and(|turn| turn.length == Length::Short));
    let _running = second.try_recv().unwrap();
    drop(short);
}

#[test]
fn nobody_has_all_turns_and_those_with_fewest_are_next() {
    let turns = turns(4, 3, 8);
    let mut of_one: Vec<Turn> = (0..3).map(|_| runs(&turns, 1, Length::Short)).collect();
    let mut fourth = waits(&turns, 1, Length::Short);
    let other = runs(&turns, 2, Length::Short);
    let mut more = waits(&turns, 2, Length::Short);
    let mut newcomer = waits(&turns, 3, Length::Short);
    of_one.pop();
    let _third = newcomer.try_recv().unwrap();
    assert!(more.try_recv().is_err() && fourth.try_recv().is_err());
    drop(other);
    let _second = more.try_recv().unwrap();
    assert!(fourth.try_recv().is_err());
    of_one.pop();
    assert!(fourth.try_recv().is_ok());
}

#[test]
fn turns_go_round_among_those_who_wait() {
    // Where one runs at a time, nobody has one running when the next is chosen.
    let turns = turns(2, 1, 16);
    let first = runs(&turns, 1, Length::Long);
    let mut many: Vec<_> = (0..3).map(|_| waits(&turns, 1, Length::Long)).collect();
    let mut other = waits(&turns, 2, Length::Long);
    let mut another = waits(&turns, 3, Length::Long);
    drop(first);
    let second = other.try_recv().unwrap();
    let mut again = waits(&turns, 2, Length::Long);
    drop(second);
    let third = another.try_recv().unwrap();
    drop(third);
    let fourth = many[0].try_recv().unwrap();
    drop(fourth);
    let fifth = again.try_recv().unwrap();
    assert!(many[1].try_recv().is_err());
    drop(fifth);
    drop(many[1].try_recv().unwrap());
    drop(many[2].try_recv().unwrap());
    assert!(turns.state().callers.is_empty(), "nothing is remembered of those who are gone");
}

#[test]
fn turns_go_round_among_tenants() {
    let turns = turns(2, 1, 16);
    let first = runs(&turns, 1, Length::Long);
    // Of one tenant with many addresses, and of another with one.
    let mut many: Vec<_> = (2..5).map(|number| waits(&turns, number, Length::Long)).collect();
    let Entered::Waiting(mut other) = turns.enter(of_tenant("other", 9), Length::Long) else { panic!() };
    drop(first);
    drop(other.try_recv().unwrap());
    for waiting in &mut many {
        drop(waiting.try_recv().unwrap());
    }
}

#[test]
fn a_full_queue_is_shared() {
    let turns = turns(1, 1, 4);
    let _runs = runs(&turns, 1, Length::Short);
    let mut queue: Vec<_> = (0..4).map(|_| waits(&turns, 1, Length::Short)).collect();
    assert!(is_refused(&turns, 1, Length::Short));
    let mut other = waits(&turns, 2, Length::Short);
    let mut newest = queue.pop().unwrap();
    assert!(matches!(newest.try_recv(), Err(oneshot::error::TryRecvError::Closed)), "its place is gone");
    let _second = waits(&turns, 2, Length::Short);
    assert!(is_refused(&turns, 2, Length::Short), "each has two");
    assert!(matches!(other.try_recv(), Err(oneshot::error::TryRecvError::Empty)));
}

#[test]
fn long_questions_have_half_of_the_queue_and_leave_it_to_short_ones() {
    let turns = turns(1, 1, 4);
    let _runs = runs(&turns, 1, Length::Long);
    let long: Vec<_> = (0..2).map(|_| waits(&turns, 1, Length::Long)).collect();
    assert!(is_refused(&turns, 1, Length::Long));
    let _short: Vec<_> = (0..4).map(|_| waits(&turns, 1, Length::Short)).collect();
    for mut turn in long {
        assert!(matches!(turn.try_recv(), Err(oneshot::error::TryRecvError::Closed)), "its place is gone");
    }
    assert!(is_refused(&turns, 1, Length::Short));
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_turn_to_the_next() {
    let turns = turns(1, 1, 4);
    let first = turns.take(&caller(1), Length::Short, PATIENCE).await.unwrap();
    let gone = waits(&turns, 2, Length::Short);
    let waiting = tokio::spawn({
        let turns = turns.clone();
        async move { turns.take(&caller(3), Length::Long, PATIENCE).await }
    });
    while turns.state().waiting.len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(gone);
    drop(first);
    let turn = waiting.await.unwrap().unwrap();
    assert_eq!(
        turns.take(&caller(1), Length::Short, Duration::ZERO).await.err(),
        Some(NoTurn::WaitedTooLong)
    );
    drop(turn);
    let state = turns.state();
    assert_eq!((state.running, state.running_long), (0, 0));
    assert!(state.callers.is_empty());
}

#[test]
fn a_tenant_of_many_callers_has_no_more_turns_than_one_of_few() {
    let turns = turns(2, 2, 4);
    let enter = |tenant, number| turns.enter(of_tenant(tenant, number), Length::Short);
    let waiting = |tenant, number| match enter(tenant, number) {
        Entered::Waiting(turn) => turn,
        Entered::Running(_) | Entered::Refused => panic!("{tenant}/{number} does not wait"),
    };
    let mut running: Vec<Turn> = (0..2).map(|number| runs_as(enter("loud", number))).collect();
    let mut loud: Vec<_> = (2..6).map(|number| waiting("loud", number)).collect();
    let mut quiet = waiting("quiet", 9);
    let mut newest = loud.pop().unwrap();
    assert!(matches!(newest.try_recv(), Err(oneshot::error::TryRecvError::Closed)), "its place is gone");
    running.pop();
    let _turn = quiet.try_recv().expect("the tenant with none running is next");
    assert!(loud.iter_mut().all(|turn| turn.try_recv().is_err()));
}

fn runs_as(entered: Entered) -> Turn {
    match entered {
        Entered::Running(turn) => turn,
        Entered::Waiting(_) | Entered::Refused => panic!("does not run"),
    }
}
