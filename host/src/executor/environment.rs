//! The variables of a program of WASI preview 1, laid out as it is to find them, so that they are handed over in one
//! copy. wasmtime-wasi clones each variable for each of the two calls: a tenth of what a request by WAGI costs.

use wasmtime::{Caller, Extern, Linker, Memory};

/// Where programs ask.
const MODULE: &str = "wasi_snapshot_preview1";

/// `NAME=VALUE`, ended by a NUL, one after the other.
#[derive(Default)]
pub(super) struct Environment {
    text: Vec<u8>,
    /// Where each begins.
    starts: Vec<u32>,
}

impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        let mut environment = Self { text: Vec::with_capacity(1024), starts: Vec::with_capacity(32) };
        for (name, value) in variables {
            environment.starts.push(environment.text.len() as u32);
            for part in [name, "=", value, "\0"] {
                environment.text.extend_from_slice(part.as_bytes());
            }
        }
        environment
    }
}

impl Environment {
    /// Where each begins in the guest's memory, if all of them are put to `at`.
    fn pointers(&self, at: u32) -> Vec<u8> {
        self.starts.iter().flat_map(|start| at.wrapping_add(*start).to_le_bytes()).collect()
    }
}

/// Has programs find their variables in what `of` gives.
pub(super) fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    of: fn(&T) -> &Environment,
) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.func_wrap(MODULE, "environ_sizes_get", move |mut caller: Caller<T>, count: u32, size: u32| {
        let memory = memory(&mut caller)?;
        let (memory, state) = memory.data_and_store_mut(&mut caller);
        let environment = of(state);
        write(memory, count, &(environment.starts.len() as u32).to_le_bytes())?;
        write(memory, size, &(environment.text.len() as u32).to_le_bytes())?;
        Ok(SUCCESS)
    })?;
    linker.func_wrap(MODULE, "environ_get", move |mut caller: Caller<T>, pointers: u32, text: u32| {
        let memory = memory(&mut caller)?;
        let (memory, state) = memory.data_and_store_mut(&mut caller);
        let environment = of(state);
        write(memory, pointers, &environment.pointers(text))?;
        write(memory, text, &environment.text)?;
        Ok(SUCCESS)
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The error number of no error.
const SUCCESS: u32 = 0;

fn memory<T>(caller: &mut Caller<T>) -> wasmtime::Result<Memory> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    memory.ok_or_else(|| wasmtime::Error::msg("it exports no memory"))
}

/// A program that asks for its variables where it has no memory is ended, as wasmtime-wasi ends it.
fn write(memory: &mut [u8], at: u32, bytes: &[u8]) -> wasmtime::Result<()> {
    let at = at as usize;
    let place = memory.get_mut(at..at.saturating_add(bytes.len()));
    place.ok_or_else(|| wasmtime::Error::msg("a pointer is out of its memory"))?.copy_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Module, Store};

    use super::*;

    /// A program that asks for sizes at 0 and 4, for pointers at `pointers` and for text at `text`; its memory thereafter.
    fn asked(pointers: u32, text: u32) -> wasmtime::Result<Vec<u8>> {
        let program = format!(
            r#"(module (import "{MODULE}" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
                       (import "{MODULE}" "environ_get" (func $get (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "_start") (drop (call $sizes (i32.const 0) (i32.const 4)))
                    (drop (call $get (i32.const {pointers}) (i32.const {text})))))"#
        );
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |environment| environment)?;
        let mut store = Store::new(&engine, Environment::from_iter([("A", "1"), ("EMPTY", "")]));
        let module = Module::new(&engine, wat::parse_str(program)?)?;
        let instance = linker.instantiate(&mut store, &module)?;
        instance.get_typed_func::<(), ()>(&mut store, "_start")?.call(&mut store, ())?;
        let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
        Ok(memory.data(&store)[..64].to_vec())
    }

    #[test]
    fn variables_stand_one_after_the_other_and_are_pointed_at() {
        let memory = asked(8, 32).unwrap();
        let numbers: Vec<_> =
            memory[..16].chunks(4).map(|n| u32::from_le_bytes(n.try_into().unwrap())).collect();
        assert_eq!(numbers, [2, 11, 32, 36]);
        assert_eq!(&memory[32..43], b"A=1\0EMPTY=\0");
    }

    #[test]
    fn a_program_that_wants_them_out_of_its_memory_is_ended() {
        for (pointers, text) in [(65_530, 32), (8, 65_530), (8, u32::MAX), (u32::MAX, 0)] {
            assert!(asked(pointers, text).is_err(), "{pointers} {text}");
        }
    }
}
