//! The one wasmtime engine, with Spin's settings, and the thread that keeps its time.

use std::path::Path;
use std::thread;
use std::time::Duration;

use wasmtime::{Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::error::{Error, one_line};
use crate::options::Options;

/// Spin's tick. A guest that computes without pause yields this often, so that its time limit can end it.
const TICK: Duration = Duration::from_millis(10);

const MB: usize = 1 << 20;

/// An engine whose instances come from a pool, or one by one where the machine has no room for the pool.
pub(crate) fn new(options: &Options) -> Result<Engine, Error> {
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_component_model(true).wasm_component_model_async(true);
    config.cache(options.cache_dir.as_deref().and_then(|dir| cache(dir, options.log)));
    config.allocation_strategy(pool(options.max_instances));
    let engine = Engine::new(&config).or_else(|e| {
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        let engine = Engine::new(&config)?;
        (options.log)(&format!(
            "no room for a pool of {} instances, so each is allocated by itself, which is slower: {}; lower \
             --max-instances, or raise `ulimit -v`",
            options.max_instances,
            one_line(format!("{e:#}"))
        ));
        Ok(engine)
    });
    let engine = engine.map_err(|e: wasmtime::Error| Error::engine(format!("{e:#}")))?;
    keep_time(&engine)?;
    Ok(engine)
}

fn cache(dir: &Path, log: fn(&str)) -> Option<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned()));
    let cache = Cache::new(config).inspect_err(|e| {
        let (dir, e) = (dir.display(), one_line(format!("{e:#}")));
        log(&format!("cannot keep compiled code in {dir}, so every start compiles: {e}"));
    });
    cache.ok()
}

/// Spin's pool and its limits, for so many instances at once.
fn pool(instances: u32) -> InstanceAllocationStrategy {
    let instances = instances.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_memories(instances)
        .total_tables(instances.saturating_mul(2))
        .total_stacks(instances)
        .total_core_instances(instances.saturating_mul(4))
        .table_elements(100_000)
        .max_component_instance_size(10 * MB)
        .max_core_instance_size(10 * MB)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4096 * MB)
        .linear_memory_keep_resident(2 * MB)
        .table_keep_resident(MB / 2);
    InstanceAllocationStrategy::Pooling(pool)
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
