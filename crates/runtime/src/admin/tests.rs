use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

struct Server {
    address: SocketAddr,
    state: State,
    shutdown: CancellationToken,
    task: JoinSet<Result<(), Infallible>>,
}

async fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, state, shutdown) = (
        listener.local_addr().unwrap(),
        State::default(),
        CancellationToken::new(),
    );
    let mut task = JoinSet::new();
    task.spawn(serve(listener, state.clone(), shutdown.clone()));
    Server {
        address,
        state,
        shutdown,
        task,
    }
}

impl Server {
    /// The status line and the body.
    async fn ask(&self, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{request} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    async fn expect(&self, request: &str, status: &str, body: &str) {
        assert_eq!(
            self.ask(request).await,
            (format!("HTTP/1.1 {status}"), body.to_owned()),
            "{request}"
        );
    }
}

#[tokio::test]
async fn readiness_lists_its_gates() {
    let server = start().await;
    server.expect("GET /readyz", "200 OK", "ok\n").await;
    let watch = server.state.readiness.gate("watch");
    server.state.readiness.gate("certificate").open();
    server
        .expect(
            "GET /readyz",
            "503 Service Unavailable",
            "[+]certificate ok\n[-]watch starting\nnot ready\n",
        )
        .await;
    watch.open();
    server.expect("GET /readyz", "200 OK", "ok\n").await;
    server
        .expect(
            "GET /readyz?verbose",
            "200 OK",
            "[+]certificate ok\n[+]watch ok\nready\n",
        )
        .await;
    server.state.readiness.stop();
    assert_eq!(
        server.ask("GET /readyz").await.0,
        "HTTP/1.1 503 Service Unavailable"
    );
    server.expect("GET /livez", "200 OK", "ok\n").await;
}

#[tokio::test]
async fn liveness_fails_when_a_loop_stalls() {
    let server = start().await;
    server.expect("GET /livez", "200 OK", "ok\n").await;
    let _stalled = server.state.liveness.heartbeat("reconcile", Duration::ZERO);
    server
        .expect(
            "GET /livez",
            "500 Internal Server Error",
            "[-]reconcile stalled\n",
        )
        .await;
}

#[tokio::test]
async fn metrics_are_printed_and_everything_else_is_refused() {
    let server = start().await;
    server.state.metrics.build_info("webhook", "1");
    let (status, body) = server.ask("GET /metrics").await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(
        body.contains("patchbay_build_info{program=\"webhook\",version=\"1\"} 1"),
        "{body}"
    );
    assert!(body.ends_with("# EOF\n"));
    assert_eq!(server.ask("GET /debug").await.0, "HTTP/1.1 404 Not Found");
    assert_eq!(
        server.ask("POST /metrics").await.0,
        "HTTP/1.1 405 Method Not Allowed"
    );
}

#[tokio::test]
async fn garbage_and_oversized_headers_end_only_their_own_connection() {
    let server = start().await;
    for request in [
        b"\x16\x03\x01 no HTTP at all\r\n\r\n".to_vec(),
        [b"GET /livez HTTP/1.1\r\na: ", &[b'x'; 64 * 1024][..]].concat(),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // The server may close before it has read everything.
        drop(stream.write_all(&request).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        server.expect("GET /livez", "200 OK", "ok\n").await;
    }
}

#[tokio::test]
async fn clients_that_say_nothing_do_not_keep_others_out_for_long() {
    let server = start().await;
    let mut silent = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    // Every slot is taken; the answer comes when the header timeout has freed them.
    tokio::time::timeout(2 * HEADER_TIMEOUT, server.expect("GET /livez", "200 OK", "ok\n"))
        .await
        .unwrap();
}

#[tokio::test]
async fn stops_when_asked() {
    let mut server = start().await;
    let _idle = TcpStream::connect(server.address).await.unwrap();
    server.shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(5), server.task.join_next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn pages_are_for_those_who_are_inside() {
    let server = start().await;
    server
        .state
        .pages
        .add("/debug/queues", || "all is well\n".to_owned());
    // These connections are from this machine to itself.
    server
        .expect("GET /debug/queues", "200 OK", "all is well\n")
        .await;
    server
        .expect("POST /debug/queues", "405 Method Not Allowed", "only GET\n")
        .await;
    let request = Request::get("/debug/queues").body(()).unwrap();
    let answer = answer(&server.state, &request, false);
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let request = Request::get("/metrics").body(()).unwrap();
    assert_eq!(
        super::answer(&server.state, &request, false).status(),
        StatusCode::OK
    );
}
