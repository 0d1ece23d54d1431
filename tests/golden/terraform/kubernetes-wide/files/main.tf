locals {
  labels = {
    team                           = "shop"
    "app.kubernetes.io/instance"   = "staging"
    "app.kubernetes.io/part-of"    = "shop"
    "app.kubernetes.io/managed-by" = "Terraform"
    "driftless.dev/owner"          = "shop.staging"
  }
}

resource "kubernetes_secret_v1" "secrets" {
  metadata {
    name      = var.secret_name
    namespace = var.namespace
    labels    = local.labels
  }

  data = {
    "api.api.mixed.conf" = "password=\"${var.secret_stripe}\"\n"
    "net.token"          = var.known_net_token
    stripe               = var.secret_stripe
  }
}

module "api" {
  source = "./modules/api"

  namespace            = var.namespace
  labels               = local.labels
  secret_name          = kubernetes_secret_v1.secrets.metadata[0].name
  uploads_size         = var.api_uploads_size
  service_type         = var.api_service_type
  replicas             = var.api_replicas
  image                = var.api_image
  environment          = var.api_environment
  proxy_1_image        = var.api_proxy_1_image
  proxy_1_environment  = var.api_proxy_1_environment
  max_unavailable      = var.api_max_unavailable
  http_host            = var.api_http_host
  admin_host           = var.api_admin_host
  _2_seed_scratch_size = var.api__2_seed_scratch_size
  _2_seed_image        = var.api__2_seed_image
  _2_seed_environment  = var.api__2_seed_environment
  known_net_host       = var.known_net_host
}
