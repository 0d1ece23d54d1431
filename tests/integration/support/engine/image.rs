//! Images without a registry: this machine's own programs, imported.

use super::Engine;
use crate::support::tools::text;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What the image of Redis says of itself.
const REDIS: [&str; 6] = [
    "ENV PATH=/usr/local/bin:/usr/bin:/bin",
    "WORKDIR /data",
    "VOLUME /data",
    "EXPOSE 6379/tcp",
    "ENTRYPOINT [\"docker-entrypoint.sh\"]",
    "CMD [\"redis-server\"]",
];

impl Engine {
    /// Makes an image with `sh`, the usual commands, `redis-server` and `redis-cli`, users `root` and `redis` (999:999), and these
    /// lines of a Dockerfile (`LABEL`, `ENV`, `CMD`...); its id. Two that are the same but for their tags have different ids.
    #[track_caller]
    pub fn image(&self, tag: &str, lines: &[&str]) -> String {
        let mut command = self.command(&["import"]);
        command.args(lines.iter().flat_map(|line| ["--change", line])).args(["-", tag]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("docker starts");
        // Where it does not read to the end, its own words say why.
        let _ = child.stdin.take().unwrap().write_all(files());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    /// Makes an image that is used as Redis' own is: its entrypoint, port, volume and folder.
    #[track_caller]
    pub fn redis_image(&self, tag: &str) -> String {
        self.image(tag, &REDIS)
    }
}

/// The root file system, made once.
fn files() -> &'static [u8] {
    static FILES: OnceLock<Vec<u8>> = OnceLock::new();
    FILES.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/image.sh");
        let output = Command::new(&script).stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", script.display()));
        assert!(output.status.success(), "{}: {}", script.display(), text(&output.stderr));
        output.stdout
    })
}
