//! A TCP proxy that misbehaves on demand: what a client does when the API server hangs, resets or is slow.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::{
    libc,
    sys::socket::{setsockopt, sockopt},
};

use crate::error::{Doing as _, Error, Result};

/// How soon a change of mode is noticed.
const LOOK: Duration = Duration::from_millis(10);

/// What a [`FaultProxy`] does with its connections, those that are open and those that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Passes everything.
    None,
    /// Accepts connections and passes nothing; goes on where it was when the mode changes.
    Hang,
    /// Breaks every connection by a TCP reset.
    Reset,
    /// Passes each piece of data after a pause. Pieces that wait do not wait for each other in both directions,
    /// but do in one.
    Delay(Duration),
    /// Does not listen: clients get "connection refused". Open connections are reset.
    Refuse,
}

/// A TCP proxy on 127.0.0.1 whose behaviour can be changed while it runs. Ends when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    fault: Mutex<Fault>,
    stop: AtomicBool,
    accepted: AtomicUsize,
    listening: AtomicBool,
}

impl FaultProxy {
    /// Starts a proxy to an address; it passes everything until [`Self::set`] says otherwise.
    ///
    /// # Errors
    /// [`Error::Io`] when no port is free.
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        let listener = listen()?;
        let address = listener
            .local_addr()
            .doing(|| "read the proxy's address".to_owned())?;
        let shared = Arc::new(Shared {
            upstream,
            fault: Mutex::new(Fault::None),
            stop: AtomicBool::new(false),
            accepted: AtomicUsize::new(0),
            listening: AtomicBool::new(true),
        });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(listener, address)
        });
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    /// Where clients connect; stays the same in all modes.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the behaviour. When it returns, new connections meet the new behaviour; open ones within 20 ms.
    ///
    /// # Errors
    /// [`Error::NotReady`] when the port was lost to another process while nothing listened.
    pub fn set(&self, fault: Fault) -> Result<()> {
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        let (wanted, limit) = (fault != Fault::Refuse, Duration::from_secs(5));
        if crate::process::wait_until(limit, || self.shared.listening.load(Ordering::SeqCst) == wanted) {
            return Ok(());
        }
        Err(Error::NotReady {
            what: format!("the proxy at {} is not listening again", self.address),
            after: limit,
            detail: String::new(),
        })
    }

    /// How many connections were accepted so far.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(acceptor) = self.acceptor.take() {
            // Its panic would have shown in the test already.
            drop(acceptor.join());
        }
    }
}

/// A port below the range of outgoing connections, so that it is still free after a while of refusing.
fn listen() -> Result<TcpListener> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..100 {
        match bind(SocketAddr::from(([127, 0, 0, 1], fastrand::u16(20_000..30_000)))) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last).doing(|| "listen on a port of 127.0.0.1".to_owned())
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Shared {
    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn accept(self: &Arc<Self>, listener: TcpListener, address: SocketAddr) {
        let mut listener = Some(listener);
        while !self.stopped() {
            match (&listener, self.fault()) {
                (Some(_), Fault::Refuse) => listener = None,
                (None, Fault::Refuse) => thread::sleep(LOOK),
                // The port may be taken; then the next round tries again and `set` reports it.
                (None, _) => listener = bind(address).ok(),
                (Some(open), _) => match open.accept() {
                    Ok((client, _)) => {
                        self.accepted.fetch_add(1, Ordering::SeqCst);
                        let shared = Arc::clone(self);
                        thread::spawn(move || shared.serve(&client));
                    }
                    Err(_) => thread::sleep(LOOK),
                },
            }
            self.listening.store(listener.is_some(), Ordering::SeqCst);
        }
    }

    fn serve(&self, client: &TcpStream) {
        if !self.may_pass() {
            return reset(client);
        }
        let Ok(server) = TcpStream::connect_timeout(&self.upstream, Duration::from_secs(10)) else {
            return reset(client);
        };
        let broken = AtomicBool::new(false);
        // Neither an answer nor a pause may wait for the other direction.
        thread::scope(|scope| {
            scope.spawn(|| self.pump(client, &server, &broken));
            self.pump(&server, client, &broken);
        });
    }

    /// Copies one direction until it ends or the mode breaks it.
    fn pump(&self, from: &TcpStream, to: &TcpStream, broken: &AtomicBool) {
        let mut buffer = vec![0; 64 * 1024];
        let prepared = from
            .set_nonblocking(false)
            .and_then(|()| from.set_read_timeout(Some(LOOK)));
        let breaks = loop {
            if prepared.is_err() || broken.load(Ordering::SeqCst) || !self.may_pass() {
                break true;
            }
            let (mut reader, mut writer) = (from, to);
            match reader.read(&mut buffer) {
                Ok(0) => break to.shutdown(Shutdown::Write).is_err(),
                Ok(count) => {
                    let arrived = Instant::now();
                    if !self.may_pass() || !self.pause(arrived) {
                        break true;
                    }
                    let piece = buffer.get(..count).unwrap_or_default();
                    if writer.write_all(piece).is_err() {
                        break true;
                    }
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                }
                Err(_) => break true,
            }
        };
        if breaks {
            broken.store(true, Ordering::SeqCst);
            reset(from);
            reset(to);
        }
    }

    /// Waits while the mode is to hang; false when the connection is to be broken.
    fn may_pass(&self) -> bool {
        loop {
            match self.fault() {
                _ if self.stopped() => return false,
                Fault::Reset | Fault::Refuse => return false,
                Fault::Hang => thread::sleep(LOOK),
                Fault::None | Fault::Delay(_) => return true,
            }
        }
    }

    /// Holds data back for as long as the mode says; false when the connection is to be broken meanwhile.
    fn pause(&self, arrived: Instant) -> bool {
        while let Fault::Delay(delay) = self.fault() {
            let left = delay.saturating_sub(arrived.elapsed());
            if left.is_zero() {
                break;
            }
            if self.stopped() {
                return false;
            }
            thread::sleep(left.min(LOOK));
        }
        self.may_pass()
    }
}

/// Makes the coming close of a connection a reset.
fn reset(stream: &TcpStream) {
    // Without the option the connection ends by FIN, which is the closest to what was wanted.
    let _ = setsockopt(
        &stream.as_fd(),
        sockopt::Linger,
        &libc::linger {
            l_onoff: 1,
            l_linger: 0,
        },
    );
}
