use std::sync::Barrier;
use std::sync::mpsc::{Sender, channel};
use std::thread::current;

use super::*;

/// Long enough that no test sees an idle thread.
const NEVER: Duration = Duration::from_secs(3600);

fn pool(threads: usize, queue: usize) -> Pool<()> {
    Pool::start("test", threads, queue, NEVER).unwrap()
}

/// A job that runs until the sender is used or dropped.
fn gate() -> (Sender<()>, impl FnOnce(&mut ()) + Send + 'static) {
    let (open, opened) = channel();
    (open, move |_: &mut ()| opened.recv().unwrap_or_default())
}

#[test]
fn a_job_runs_on_a_named_thread_and_its_answer_comes_back() {
    let name = pool(1, 0).submit(|_| current().name().map(str::to_owned)).unwrap().wait().unwrap();
    assert_eq!(name.as_deref(), Some("test-1"));
}

#[test]
fn threads_and_queue_bound_what_is_taken_in() {
    let pool = pool(1, 1);
    let (open, job) = gate();
    let running = pool.submit(job).unwrap();
    let waiting = pool.submit(|_| 1).unwrap();
    assert!(matches!(pool.submit(|_| 2), Err(Full)));
    drop(open);
    running.wait().unwrap();
    assert_eq!(waiting.wait().unwrap(), 1);
}

#[test]
fn whoever_has_an_answer_finds_the_place_free() {
    let pool = pool(1, 0);
    for number in 0..1000 {
        assert_eq!(pool.submit(move |_| number).unwrap().wait().unwrap(), number);
    }
}

#[test]
fn as_many_jobs_run_at_a_time_as_there_are_threads_and_no_more() {
    let pool = pool(2, 6);
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pair = Arc::new(Barrier::new(2));
    let replies: Vec<_> = (0..8)
        .map(|_| {
            let (running, most, pair) = (Arc::clone(&running), Arc::clone(&most), Arc::clone(&pair));
            let job = move |_: &mut ()| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Goes on only when two are here, so two do run together.
                pair.wait();
                running.fetch_sub(1, Ordering::SeqCst);
            };
            pool.submit(job).unwrap()
        })
        .collect();
    for reply in replies {
        reply.wait().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[test]
fn of_a_crowd_everybody_gets_an_answer_and_most_are_turned_away() {
    let pool = pool(1, 1);
    let (open, job) = gate();
    let running = pool.submit(job).unwrap();
    let (answer, answers) = channel();
    std::thread::scope(|scope| {
        for _ in 0..50 {
            let (pool, answer) = (&pool, answer.clone());
            scope.spawn(move || answer.send(pool.submit(|_| ()).map(|reply| reply.wait().unwrap())).unwrap());
        }
        // One waits in the queue; the gate is shut until all others have been turned away.
        for _ in 0..49 {
            assert!(matches!(answers.recv().unwrap(), Err(Full)));
        }
        drop(open);
        assert!(answers.recv().unwrap().is_ok());
    });
    running.wait().unwrap();
}

#[test]
fn a_panic_reaches_its_caller_alone() {
    let pool = pool(1, 0);
    for _ in 0..3 {
        let reply = pool.submit(|_| -> () { panic!("meant to") }).unwrap();
        assert!(matches!(reply.wait(), Err(Panicked)));
        assert_eq!(pool.submit(|_| 7).unwrap().wait().unwrap(), 7);
    }
}

/// Tells when it is dropped.
#[derive(Default)]
struct Workspace(Option<Sender<()>>);

impl Drop for Workspace {
    fn drop(&mut self) {
        self.0.take().map(|dropped| dropped.send(()));
    }
}

#[test]
fn a_workspace_is_kept_between_jobs() {
    let pool: Pool<Vec<u8>> = Pool::start("test", 1, 0, NEVER).unwrap();
    pool.submit(|kept| kept.push(1)).unwrap().wait().unwrap();
    assert_eq!(pool.submit(|kept| kept.len()).unwrap().wait().unwrap(), 1);
}

#[test]
fn every_idle_thread_gives_its_workspace_back() {
    let pool: Pool<Workspace> = Pool::start("test", 3, 0, Duration::from_millis(1)).unwrap();
    let (dropped, drops) = channel();
    let all = Arc::new(Barrier::new(3));
    for _ in 0..3 {
        let (dropped, all) = (dropped.clone(), Arc::clone(&all));
        let job = move |workspace: &mut Workspace| {
            all.wait();
            workspace.0 = Some(dropped);
        };
        drop(pool.submit(job).unwrap());
    }
    for _ in 0..3 {
        drops.recv().unwrap();
    }
}

#[test]
fn dropping_the_pool_finishes_what_was_handed_in() {
    let pool = pool(1, 8);
    let (open, job) = gate();
    let _running = pool.submit(job).unwrap();
    let replies: Vec<_> = (0..8).map(|number| pool.submit(move |_| number).unwrap()).collect();
    drop(open);
    drop(pool);
    let answers: Vec<_> = replies.into_iter().map(|reply| reply.wait().unwrap()).collect();
    assert_eq!(answers, (0..8).collect::<Vec<_>>());
}
