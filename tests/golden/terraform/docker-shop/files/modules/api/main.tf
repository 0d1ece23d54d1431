resource "docker_image" "this" {
  name         = var.image
  keep_locally = true
}

resource "docker_container" "this" {
  count = var.replicas

  name  = "${var.name}-api-${count.index}"
  image = docker_image.this.image_id
  entrypoint = [
    "/usr/local/bin/driftless-entry",
    "/app/api",
    "--greeting",
    "it's $${HOME} {{ x }} %%{y} $5",
  ]
  env          = [for name, value in var.environment : "${name}=${value}"]
  init         = true
  restart      = "unless-stopped"
  wait         = true
  wait_timeout = 105
  log_driver   = "json-file"
  log_opts = {
    max-file = "3"
    max-size = "10m"
  }
  memory      = var.memory_mib
  memory_swap = var.memory_mib

  networks_advanced {
    name    = var.network
    aliases = ["api"]
  }

  ports {
    internal = 6060
    protocol = "tcp"
  }

  ports {
    internal = 8080
    ip       = "127.0.0.1"
    protocol = "tcp"
  }

  upload {
    file        = "/usr/local/bin/driftless-entry"
    content     = file("${path.module}/files/driftless-entry")
    permissions = "0555"
  }

  upload {
    file        = "/run/secrets/api-redis-url"
    content     = "redis://app:${var.secret_cache_app}@cache:6379"
    permissions = "0444"
  }

  upload {
    file        = "/run/secrets/stripe"
    content     = var.secret_stripe
    permissions = "0444"
  }

  healthcheck {
    test = [
      "CMD-SHELL",
      "wget -q -O /dev/null http://127.0.0.1:8080/healthz || curl -fsS -o /dev/null http://127.0.0.1:8080/healthz",
    ]
    interval     = "10s"
    timeout      = "2s"
    retries      = 3
    start_period = "5s"
  }

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "api"
      "driftless.dev/address"   = "terraform:module.api.docker_container.this[${count.index}]"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }
}
