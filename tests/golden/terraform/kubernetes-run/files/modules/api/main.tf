locals {
  api_labels = merge(var.labels, {
    "app.kubernetes.io/name"      = "api"
    "app.kubernetes.io/component" = "api"
    "driftless.dev/component"     = "api"
  })
  api_selector = {
    "app.kubernetes.io/name"     = "api"
    "app.kubernetes.io/instance" = "staging"
  }
}

resource "kubernetes_service_account_v1" "api" {
  automount_service_account_token = false

  metadata {
    name      = "api"
    namespace = var.namespace
    labels    = local.api_labels
  }
}

resource "kubernetes_service_v1" "api" {
  metadata {
    name      = "api"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    type     = var.service_type
    selector = local.api_selector

    port {
      name        = "http"
      port        = 8080
      target_port = "http"
      protocol    = "TCP"
    }

    port {
      name        = "metrics"
      port        = 9090
      target_port = "metrics"
      protocol    = "TCP"
    }

    port {
      name        = "debug"
      port        = 6060
      target_port = "debug"
      protocol    = "TCP"
    }
  }
}

resource "kubernetes_service_v1" "api_node" {
  metadata {
    name      = "api-node"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    type     = "NodePort"
    selector = local.api_selector

    port {
      name        = "debug"
      port        = 6060
      target_port = "debug"
      protocol    = "TCP"
    }
  }
}

resource "kubernetes_deployment_v1" "api" {
  metadata {
    name      = "api"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    replicas = var.replicas

    selector {
      match_labels = local.api_selector
    }

    template {
      metadata {
        labels = local.api_labels
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.api.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false
        priority_class_name             = "high"

        security_context {
          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        container {
          name    = "api"
          image   = var.image
          command = ["/app/api", "--greeting", "it's $${HOME} {{ x }} %%{y} $5"]

          env {
            name = "SECRET_CACHE_APP"

            value_from {
              secret_key_ref {
                name = var.secret_name
                key  = "cache-app"
              }
            }
          }

          dynamic "env" {
            for_each = var.environment

            content {
              name  = env.key
              value = env.value
            }
          }

          env {
            name  = "REDIS_URL"
            value = "redis://app:$(SECRET_CACHE_APP)@cache:6379"
          }

          env {
            name = "STRIPE_KEY"

            value_from {
              secret_key_ref {
                name = var.secret_name
                key  = "stripe"
              }
            }
          }

          port {
            name           = "http"
            container_port = 8080
            protocol       = "TCP"
          }

          port {
            name           = "metrics"
            container_port = 9090
            protocol       = "TCP"
          }

          port {
            name           = "debug"
            container_port = 6060
            protocol       = "TCP"
          }

          resources {
            limits = var.limits
          }

          readiness_probe {
            period_seconds    = 10
            timeout_seconds   = 2
            failure_threshold = 3

            http_get {
              path = "/healthz"
              port = "http"
            }
          }
        }
      }
    }
  }

  timeouts {
    create = "15m"
    update = "15m"
  }
}

resource "kubernetes_pod_disruption_budget_v1" "api" {
  metadata {
    name      = "api"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    max_unavailable = var.max_unavailable

    selector {
      match_labels = local.api_selector
    }
  }
}

resource "kubernetes_ingress_v1" "api" {
  metadata {
    name      = "api"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    rule {
      host = var.http_host

      http {
        path {
          path      = "/"
          path_type = "Prefix"

          backend {
            service {
              name = kubernetes_service_v1.api.metadata[0].name

              port {
                name = "http"
              }
            }
          }
        }
      }
    }

    tls {
      hosts       = [var.http_host]
      secret_name = "api-tls"
    }
  }
}
