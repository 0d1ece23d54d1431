locals {
  migrate_labels = merge(var.labels, {
    "app.kubernetes.io/name"      = "migrate"
    "app.kubernetes.io/component" = "migrate"
    "driftless.dev/component"     = "migrate"
  })
}

resource "kubernetes_service_account_v1" "migrate" {
  automount_service_account_token = false

  metadata {
    name      = "migrate"
    namespace = var.namespace
    labels    = local.migrate_labels
  }
}

resource "kubernetes_job_v1" "migrate" {
  wait_for_completion = true

  metadata {
    name      = "migrate"
    namespace = var.namespace
    labels    = local.migrate_labels
  }

  spec {
    backoff_limit = 6

    template {
      metadata {
        labels = local.migrate_labels
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.migrate.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false
        restart_policy                  = "OnFailure"

        security_context {
          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        container {
          name    = "migrate"
          image   = var.image
          command = ["/app/migrate"]
          args    = ["--to", "latest"]

          dynamic "env" {
            for_each = var.environment

            content {
              name  = env.key
              value = env.value
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
