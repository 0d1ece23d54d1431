resource "docker_image" "this" {
  name         = var.image
  keep_locally = true
}

resource "docker_container" "this" {
  name       = "${var.name}-migrate"
  image      = docker_image.this.image_id
  entrypoint = ["/app/migrate"]
  command    = ["--to", "latest"]
  env        = [for name, value in var.environment : "${name}=${value}"]
  init       = true
  restart    = "no"
  must_run   = false
  attach     = true
  logs       = true
  log_driver = "json-file"
  log_opts = {
    max-file = "3"
    max-size = "10m"
  }

  networks_advanced {
    name    = var.network
    aliases = ["migrate"]
  }

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "migrate"
      "driftless.dev/address"   = "terraform:module.migrate.docker_container.this"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }

  lifecycle {
    postcondition {
      condition     = self.exit_code == 0
      error_message = "migrate did not end with 0."
    }
  }
}
