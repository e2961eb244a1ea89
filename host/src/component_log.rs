//! What components print: to standard error, and as Spin has it to a file for each component.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::error::one_line;
use crate::manifest::Manifest;
use crate::options::Options;

/// The directory for log files, which is there.
pub(crate) fn directory(manifest: &Manifest, options: &Options) -> Option<PathBuf> {
    let config = &options.runtime_config;
    let is_named = |dir: &PathBuf| !dir.as_os_str().is_empty();
    let state = || config.state_dir.clone().or_else(|| Some(manifest.dir()?.join(".spin"))).filter(is_named);
    let given = options.log_dir.as_ref().or(config.log_dir.as_ref()).cloned();
    let dir = given.or_else(|| Some(state()?.join("logs"))).filter(is_named)?;
    let made = fs::create_dir_all(&dir).inspect_err(|e| {
        let (dir, e) = (dir.display(), one_line(e));
        (options.log)(&format!("cannot keep what components print in {dir}: {e}; choose another --log-dir"));
    });
    made.ok().map(|()| dir)
}

/// One of the streams of one instance.
#[derive(Clone)]
pub(crate) struct ComponentLog(Option<Arc<File>>);

impl ComponentLog {
    /// `stream` is `stdout` or `stderr`. A file that cannot be opened costs no response.
    pub fn open(dir: Option<&Path>, component: &str, stream: &str) -> Self {
        let open = |dir: &Path| {
            let name = component.replace(['/', '\\'], "");
            let path = dir.join(format!("{name}_{stream}.txt"));
            File::options().create(true).append(true).open(path).ok()
        };
        Self(dir.and_then(open).map(Arc::new))
    }

    fn print(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &self.0 {
            (&**file).write_all(bytes)?;
        }
        io::stderr().write_all(bytes)
    }
}

impl OutputStream for ComponentLog {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.print(&bytes).map_err(|e| StreamError::LastOperationFailed(e.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(1 << 20)
    }
}

#[async_trait]
impl Pollable for ComponentLog {
    async fn ready(&mut self) {}
}

impl AsyncWrite for ComponentLog {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.print(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for ComponentLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for ComponentLog {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}
