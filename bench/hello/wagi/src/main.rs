//! Hello, as a WAGI program writes it.

fn main() {
    println!("content-type: text/plain\n\nHello, world!");
}
