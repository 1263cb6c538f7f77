//! Process plumbing shared by the three programs: telemetry, admin server, TLS, lease, client, watches, tasks.
