//! The wasmtime engine and the thread that keeps its time.

use std::thread;
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::error::Error;
use crate::options::Options;

/// How often a guest that computes without pause is made to yield, so that its time limit can end it.
const TICK: Duration = Duration::from_millis(10);

/// An engine whose instances come out of a pool, or one by one where the machine has no room for the pool.
pub(crate) fn new(options: &Options) -> Result<Engine, Error> {
    let engine = Engine::new(&config(Some(pool(options))))
        .or_else(|_| Engine::new(&config(None)))
        .map_err(Error::engine)?;
    keep_time(&engine)?;
    Ok(engine)
}

fn config(pool: Option<PoolingAllocationConfig>) -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true).epoch_interruption(true);
    if let Some(pool) = pool {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

/// Twice the requests in flight: a preview 3 instance idles for a while after its last one.
fn pool(options: &Options) -> PoolingAllocationConfig {
    let instances =
        u32::try_from(options.max_concurrent_requests.saturating_mul(2)).unwrap_or(u32::MAX).max(2);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(4))
        .total_stacks(instances);
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
