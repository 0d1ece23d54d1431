locals {
  labels = {
    team                           = "shop"
    "app.kubernetes.io/instance"   = "staging"
    "app.kubernetes.io/part-of"    = "shop"
    "app.kubernetes.io/managed-by" = "Terraform"
    "driftless.dev/owner"          = "shop.staging"
  }
}

module "cache" {
  source = "./modules/cache"

  namespace       = var.namespace
  labels          = local.labels
  secret_name     = var.secret_name
  service_type    = var.cache_service_type
  replicas        = var.cache_replicas
  image           = var.cache_image
  requests        = var.cache_requests
  limits          = var.cache_limits
  data_size       = var.cache_data_size
  max_unavailable = var.cache_max_unavailable
  create_image    = var.cache_create_image
}

module "migrate" {
  source = "./modules/migrate"

  namespace   = var.namespace
  labels      = local.labels
  image       = var.migrate_image
  environment = var.migrate_environment

  depends_on = [module.cache]
}

module "api" {
  source = "./modules/api"

  namespace       = var.namespace
  labels          = local.labels
  secret_name     = var.secret_name
  service_type    = var.api_service_type
  replicas        = var.api_replicas
  image           = var.api_image
  limits          = var.api_limits
  environment     = var.api_environment
  max_unavailable = var.api_max_unavailable
  http_host       = var.api_http_host

  depends_on = [module.cache, module.migrate]
}
