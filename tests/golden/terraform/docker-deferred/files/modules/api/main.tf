resource "docker_image" "this" {
  name         = var.image
  keep_locally = true
}

resource "docker_container" "this" {
  count = var.replicas

  name       = "${var.name}-api-${count.index}"
  image      = docker_image.this.image_id
  env        = concat([for name, value in var.environment : "${name}=${value}"], ["URL=http://\u0024${var.known_net_host}/"])
  restart    = "unless-stopped"
  log_driver = "json-file"
  log_opts = {
    max-file = "3"
    max-size = "10m"
  }

  networks_advanced {
    name    = var.network
    aliases = ["api"]
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
