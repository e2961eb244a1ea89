//! The wasmtime engine and the thread that keeps its time.

use std::thread;
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::error::Error;
use crate::options::Options;

/// How often a guest that computes without pause is made to yield, so that its time limit can end it.
const TICK: Duration = Duration::from_millis(10);

/// How much of a memory or table stays mapped for the next instance, in bytes; of what is beyond, the pages go back.
const KEPT_MEMORY: usize = 1 << 20;

/// What the guests of an engine may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guests {
    /// Preview 3: several calls at a time in one instance.
    Concurrent,
    /// All others. Their stores are made without what concurrent calls need, which is a good part of a fresh one.
    Sequential,
}

/// An engine whose instances come out of a pool, or one by one where the machine has no room for the pool.
pub(crate) fn new(guests: Guests, options: &Options) -> Result<Engine, Error> {
    let engine = Engine::new(&config(guests, Some(pool(guests, options))))
        .or_else(|_| Engine::new(&config(guests, None)))
        .map_err(Error::engine)?;
    keep_time(&engine)?;
    Ok(engine)
}

fn config(guests: Guests, pool: Option<PoolingAllocationConfig>) -> Config {
    let concurrent = guests == Guests::Concurrent;
    let mut config = Config::new();
    config.concurrency_support(concurrent).wasm_component_model_async(concurrent).epoch_interruption(true);
    if let Some(pool) = pool {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

/// A place for each request in flight; twice that for preview 3, whose instances idle after their last one.
/// No more than that: each stack is a system call at the start, for its guard page.
fn pool(guests: Guests, options: &Options) -> PoolingAllocationConfig {
    let per_request = if guests == Guests::Concurrent { 2 } else { 1 };
    let instances = options.max_concurrent_requests.saturating_mul(per_request);
    let instances = u32::try_from(instances).unwrap_or(u32::MAX).max(2);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(4))
        .total_stacks(instances);
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        // The kernel tells which pages an instance has written: those are set back in place, and the next
        // instance finds them mapped. Without being told, all would have to be, which costs more than it saves.
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEPT_MEMORY)
            .table_keep_resident(KEPT_MEMORY);
    }
    pool
}

fn keep_time(engine: &Engine) -> Result<(), Error> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("epoch".into()).spawn(tick).map_err(Error::engine)?;
    Ok(())
}
