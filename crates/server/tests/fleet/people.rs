//! The stack for people: `make replicas`.

use std::io::{self, Read as _};

use crate::fleet::{Fleet, REPLICAS};

/// Stays up until its standard input ends. Not a test: it waits for a person, or for a browser.
#[test]
#[ignore = "it waits for a person; `make replicas` runs it"]
#[expect(clippy::print_stdout, reason = "a person reads it")]
fn replicas_stay_up_until_the_standard_input_ends() {
    let Some(fleet) = Fleet::start() else { return };
    println!("frontend and API  http://{}", fleet.front());
    for replica in 0..REPLICAS {
        let (address, id) = (fleet.address(replica), fleet.replica(replica).id());
        println!("replica {}         http://{address}  kill -9 {id}", replica + 1);
    }
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}
