locals {
  members = toset(["api-0", "api-1"])
}

resource "docker_image" "this" {
  name         = var.image
  keep_locally = true
}

resource "docker_image" "proxy" {
  name         = var.proxy_image
  keep_locally = true
}

resource "docker_container" "this" {
  for_each = local.members

  name       = "${var.name}-${each.key}"
  image      = docker_image.this.image_id
  hostname   = each.key
  restart    = "always"
  log_driver = "json-file"
  log_opts = {
    max-file = "3"
    max-size = "10m"
  }
  memory      = var.memory_mib
  memory_swap = var.memory_mib
  cpus        = var.cpus

  networks_advanced {
    name    = var.network
    aliases = [each.key, "api"]
  }

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "api"
      "driftless.dev/address"   = "terraform:module.api.docker_container.this[\"${each.key}\"]"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }

  ulimit {
    name = "nofile"
    soft = 1024
    hard = 2048
  }
}

resource "docker_container" "proxy" {
  for_each = local.members

  name       = "${var.name}-${each.key}-proxy"
  image      = docker_image.proxy.image_id
  restart    = "always"
  log_driver = "json-file"
  log_opts = {
    max-file = "3"
    max-size = "10m"
  }
  network_mode = "container:${docker_container.this[each.key].id}"

  dynamic "labels" {
    for_each = merge(var.labels, {
      "driftless.dev/component" = "api"
      "driftless.dev/address"   = "terraform:module.api.docker_container.proxy[\"${each.key}\"]"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }
}

resource "docker_volume" "brought" {
  name = "app"
  driver_opts = {
    a = "$${x}"
  }

  labels {
    label = "l"
    value = "v"
  }
}
