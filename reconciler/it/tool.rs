//! A tool on loopback that can be stopped and started on the same port: `/` is open, everything else wants the
//! password.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::bench::base64;

pub(crate) struct Tool {
    address: SocketAddr,
    password: Arc<Mutex<String>>,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
    serving: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Tool {
    pub(crate) fn start(password: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut tool = Self {
            address: listener.local_addr().unwrap(),
            password: Arc::new(Mutex::new(password.to_owned())),
            asked: Arc::default(),
            serving: None,
        };
        tool.serve(listener);
        tool
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn set_password(&self, password: &str) {
        *self.password.lock().unwrap() = password.to_owned();
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    pub(crate) fn stop(&mut self) {
        if let Some((stop, thread)) = self.serving.take() {
            stop.store(true, Ordering::SeqCst);
            // Wakes the thread up; it does not matter whether anyone answers.
            drop(TcpStream::connect(self.address));
            thread.join().unwrap();
        }
    }

    pub(crate) fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        self.serve(listener);
    }

    fn serve(&mut self, listener: TcpListener) {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, password, asked) = (stop.clone(), self.password.clone(), self.asked.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    let wanted = format!(
                        "Basic {}",
                        base64(&format!(
                            "{}-user:{}",
                            crate::bench::CANARY,
                            password.lock().unwrap()
                        ))
                    );
                    answer(&stream, &wanted, &asked);
                }
            }
        });
        self.serving = Some((stop, thread));
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        self.stop();
    }
}

fn answer(stream: &TcpStream, wanted: &str, asked: &Mutex<BTreeMap<String, usize>>) {
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let authorized = headers
        .iter()
        .any(|header| header.eq_ignore_ascii_case(&format!("authorization: {wanted}")));
    let status = if path == "/" || authorized {
        "200 OK"
    } else {
        "401 Unauthorized"
    };
    *asked.lock().unwrap().entry(path).or_default() += 1;
    // What it says is none of a condition's business.
    let body = format!("{wanted} is what I wanted");
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nx-secret: {wanted}\r\n\r\n",
        body.len()
    );
    drop((&*stream).write_all(format!("{head}{body}").as_bytes()));
}
