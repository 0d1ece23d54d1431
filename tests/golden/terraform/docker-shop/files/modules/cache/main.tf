locals {
  members = toset(["cache-0", "cache-1", "cache-2", "cache-3", "cache-4", "cache-5"])
}

resource "docker_image" "this" {
  name         = var.image
  keep_locally = true
}

resource "docker_volume" "data" {
  for_each = local.members

  name = "${var.name}-${each.key}-data"

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "cache"
      "driftless.dev/address"   = "terraform:module.cache.docker_volume.data[\"${each.key}\"]"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }
}

resource "docker_container" "this" {
  for_each = local.members

  name                  = "${var.name}-${each.key}"
  image                 = docker_image.this.image_id
  hostname              = each.key
  entrypoint            = ["/usr/local/bin/start"]
  init                  = true
  restart               = "unless-stopped"
  stop_timeout          = 30
  destroy_grace_seconds = 30
  wait                  = true
  wait_timeout          = 105
  log_driver            = "json-file"
  log_opts = {
    max-file = "3"
    max-size = "10m"
  }
  memory             = var.memory_mib
  memory_swap        = var.memory_mib
  memory_reservation = var.memory_mib
  cpus               = var.cpus
  security_opts      = ["no-new-privileges:true"]

  capabilities {
    drop = ["ALL"]
  }

  networks_advanced {
    name    = var.network
    aliases = [each.key, "cache"]
  }

  volumes {
    volume_name    = docker_volume.data[each.key].name
    container_path = "/data"
  }

  upload {
    file        = "/etc/redis/redis.conf"
    content     = file("${path.module}/files/redis.conf")
    permissions = "0444"
  }

  upload {
    file        = "/usr/local/bin/start"
    content     = file("${path.module}/files/start")
    permissions = "0555"
  }

  upload {
    file        = "/run/secrets/cache-app"
    content     = var.secret_cache_app
    permissions = "0444"
  }

  healthcheck {
    test         = ["CMD", "redis-cli", "ping"]
    interval     = "5s"
    timeout      = "3s"
    retries      = 6
    start_period = "10s"
  }

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "cache"
      "driftless.dev/address"   = "terraform:module.cache.docker_container.this[\"${each.key}\"]"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }
}

resource "docker_container" "create" {
  name  = "${var.name}-cache-create"
  image = docker_image.this.image_id
  entrypoint = [
    "/usr/local/bin/driftless-entry",
    "redis-cli",
    "--cluster",
    "create",
    "cache-0:6379",
    "cache-1:6379",
    "cache-2:6379",
    "cache-3:6379",
    "cache-4:6379",
    "cache-5:6379",
    "--cluster-replicas",
    "1",
    "--cluster-yes",
  ]
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
    aliases = ["cache-create"]
  }

  upload {
    file        = "/usr/local/bin/driftless-entry"
    content     = file("${path.module}/files/driftless-entry")
    permissions = "0555"
  }

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "cache"
      "driftless.dev/address"   = "terraform:module.cache.docker_container.create"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }

  lifecycle {
    postcondition {
      condition     = self.exit_code == 0
      error_message = "cache-create did not end with 0."
    }
  }

  depends_on = [docker_container.this]
}
