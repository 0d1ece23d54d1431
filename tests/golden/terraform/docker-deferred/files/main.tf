locals {
  labels = {
    team                  = "shop"
    "driftless.dev/owner" = "shop/staging"
  }
}

resource "docker_network" "this" {
  name = var.name

  dynamic "labels" {
    for_each = merge(local.labels, {
      "driftless.dev/address" = "terraform:docker_network.this"
    })

    content {
      label = labels.key
      value = labels.value
    }
  }
}

module "api" {
  source = "./modules/api"

  name           = var.name
  network        = docker_network.this.name
  labels         = local.labels
  image          = var.api_image
  replicas       = var.api_replicas
  environment    = var.api_environment
  known_net_host = var.known_net_host
}
