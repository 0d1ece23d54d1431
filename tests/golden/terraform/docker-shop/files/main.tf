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

module "cache" {
  source = "./modules/cache"

  name             = var.name
  network          = docker_network.this.name
  labels           = local.labels
  image            = var.cache_image
  memory_mib       = var.cache_memory_mib
  cpus             = var.cache_cpus
  secret_cache_app = var.secret_cache_app
}

module "migrate" {
  source = "./modules/migrate"

  name        = var.name
  network     = docker_network.this.name
  labels      = local.labels
  image       = var.migrate_image
  environment = var.migrate_environment

  depends_on = [module.cache]
}

module "api" {
  source = "./modules/api"

  name             = var.name
  network          = docker_network.this.name
  labels           = local.labels
  image            = var.api_image
  memory_mib       = var.api_memory_mib
  replicas         = var.api_replicas
  environment      = var.api_environment
  secret_cache_app = var.secret_cache_app
  secret_stripe    = var.secret_stripe

  depends_on = [module.cache, module.migrate]
}
