//! Probes as the one health check that a container has.

use crate::model::{Part, Probe, ProbeAction, Probes, Tree, Value, Workload};

/// The probe that becomes the health check: others wait for readiness, so it comes first.
pub fn check(probes: &Probes) -> Option<&Probe> {
    [&probes.readiness, &probes.liveness, &probes.startup].into_iter().find_map(Option::as_ref)
}

/// The names of the probes that say something else than the health check.
pub fn lost(probes: &Probes) -> Vec<&'static str> {
    let all = [("startup", &probes.startup), ("readiness", &probes.readiness), ("liveness", &probes.liveness)];
    let chosen = check(probes);
    let differs = |probe: &Option<Probe>| {
        probe.as_ref().is_some_and(|probe| Some(&probe.action) != chosen.map(|chosen| &chosen.action))
    };
    all.into_iter().filter(|(_, probe)| differs(probe)).map(|(name, _)| name).collect()
}

/// The argument `healthcheck`.
pub fn argument(probe: &Probe, workload: &Workload) -> Tree {
    let seconds = |seconds: u32| Tree::text(format!("{seconds}s"));
    Tree::from([
        ("test", test(&probe.action, workload)),
        ("interval", seconds(probe.interval_seconds)),
        ("timeout", seconds(probe.timeout_seconds)),
        ("retries", probe.failures.into()),
        ("start_period", seconds(probe.start_seconds)),
    ])
}

fn test(action: &ProbeAction, workload: &Workload) -> Tree {
    let number = |port: &str| workload.ports.get(port).map_or(0, |port| port.number);
    let shell = |script: String| Tree::List(vec!["CMD-SHELL".into(), script.into()]);
    match action {
        ProbeAction::Exec(command) => {
            let words = command.iter().cloned().map(Tree::Text);
            Tree::List(std::iter::once(Tree::text("CMD")).chain(words).collect())
        }
        ProbeAction::Http { port, path } => {
            let url = quote(&Value::from(format!("http://127.0.0.1:{}{path}", number(port))));
            let url = url.display();
            shell(format!("wget -q -O /dev/null {url} || curl -fsS -o /dev/null {url}"))
        }
        ProbeAction::Tcp { port } => {
            let number = number(port);
            shell(format!("nc -z 127.0.0.1 {number} || bash -c '</dev/tcp/127.0.0.1/{number}'"))
        }
    }
}

/// A value as one word of a shell.
pub fn quote(value: &Value) -> Value {
    let parts = value.parts().iter().map(|part| match part {
        Part::Literal(text) => Part::Literal(text.replace('\'', "'\\''")),
        other => other.clone(),
    });
    let mark = || std::iter::once(Part::Literal("'".into()));
    Value::from_parts(mark().chain(parts).chain(mark()))
}
