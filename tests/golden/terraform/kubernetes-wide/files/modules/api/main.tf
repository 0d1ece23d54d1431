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
  api_2_seed_labels = merge(var.labels, {
    "app.kubernetes.io/name"      = "api-2-seed"
    "app.kubernetes.io/component" = "api"
    "driftless.dev/component"     = "api"
  })
}

resource "kubernetes_service_account_v1" "api" {
  automount_service_account_token = false

  metadata {
    name      = "api"
    namespace = var.namespace
    labels    = local.api_labels
  }
}

resource "kubernetes_config_map_v1" "api_config" {
  data = {
    "app.ini" = <<-EOT
      [log]
      level = {{ info }}
    EOT
    banner    = "\tno newline at the end {{`"
  }

  metadata {
    name      = "api-config"
    namespace = var.namespace
    labels    = local.api_labels
  }
}

resource "kubernetes_persistent_volume_claim_v1" "api_uploads" {
  wait_until_bound = false

  metadata {
    name      = "api-uploads"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    access_modes       = ["ReadWriteMany"]
    storage_class_name = "nfs"

    resources {
      requests = {
        storage = var.uploads_size
      }
    }
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
      name        = "admin"
      port        = 8081
      target_port = "admin"
      protocol    = "TCP"
    }

    port {
      name        = "a-very-long-port-name"
      port        = 9000
      target_port = "9000"
      protocol    = "TCP"
    }

    port {
      name        = "dns"
      port        = 53
      target_port = "dns"
      protocol    = "UDP"
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
      name        = "dns"
      port        = 53
      target_port = "dns"
      protocol    = "UDP"
      node_port   = 30053
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
        annotations = {
          "driftless.dev/checksum-config" = "be24c8dbaa6fc2bc3f848c315cca2487b1b4f8759c49b0780d9223562b3c8886"
        }
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.api.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false

        security_context {
          fs_group = "2000"

          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        container {
          name  = "api"
          image = var.image
          args = [
            "$$(HOME)",
            "{{ .Values.x }}",
            "{{{`}}",
            "",
            " # ",
            "\u0001\u007f\u2028é😀",
            "$$$$",
            "-",
          ]
          working_dir = "/srv"

          env {
            name  = "HOST"
            value = "{${var.known_net_host}} $$(HOST) \"'\\"
          }

          env {
            name = "TOKEN"

            value_from {
              secret_key_ref {
                name = var.secret_name
                key  = "net.token"
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

          port {
            name           = "http"
            container_port = 8080
            protocol       = "TCP"
          }

          port {
            name           = "admin"
            container_port = 8081
            protocol       = "TCP"
          }

          port {
            container_port = 9000
            protocol       = "TCP"
          }

          port {
            name           = "dns"
            container_port = 53
            protocol       = "UDP"
          }

          security_context {
            run_as_user               = "1000"
            run_as_group              = "2000"
            run_as_non_root           = true
            read_only_root_filesystem = true
          }

          volume_mount {
            name       = "uploads"
            mount_path = "/uploads"
          }

          volume_mount {
            name       = "config"
            mount_path = "/etc/motd"
            sub_path   = "banner"
            read_only  = true
          }

          volume_mount {
            name       = "etc-app"
            mount_path = "/etc/app"
            read_only  = true
          }

          volume_mount {
            name       = "secrets"
            mount_path = "/uploads/mixed.conf"
            sub_path   = "api.api.mixed.conf"
            read_only  = true
          }
        }

        container {
          name  = "proxy-1"
          image = var.proxy_1_image

          dynamic "env" {
            for_each = var.proxy_1_environment

            content {
              name  = env.key
              value = env.value
            }
          }

          startup_probe {
            period_seconds    = 10
            timeout_seconds   = 1
            failure_threshold = 8

            tcp_socket {
              port = "9000"
            }
          }

          liveness_probe {
            period_seconds    = 10
            timeout_seconds   = 1
            failure_threshold = 3

            tcp_socket {
              port = "9000"
            }
          }
        }

        volume {
          name = "uploads"

          persistent_volume_claim {
            claim_name = kubernetes_persistent_volume_claim_v1.api_uploads.metadata[0].name
          }
        }

        volume {
          name = "config"

          config_map {
            name         = kubernetes_config_map_v1.api_config.metadata[0].name
            default_mode = "0444"
          }
        }

        volume {
          name = "etc-app"

          projected {
            default_mode = "0440"

            sources {
              config_map {
                name = "api-config"

                items {
                  key  = "app.ini"
                  path = "app.ini"
                  mode = "0444"
                }
              }
            }

            sources {
              secret {
                name = var.secret_name

                items {
                  key  = "stripe"
                  path = "stripe"
                }
              }
            }
          }
        }

        volume {
          name = "secrets"

          secret {
            secret_name  = var.secret_name
            default_mode = "0440"

            items {
              key  = "api.api.mixed.conf"
              path = "api.api.mixed.conf"
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

resource "kubernetes_ingress_v1" "api_http" {
  metadata {
    name      = "api-http"
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
  }
}

resource "kubernetes_ingress_v1" "api_admin" {
  metadata {
    name      = "api-admin"
    namespace = var.namespace
    labels    = local.api_labels
  }

  spec {
    rule {
      host = var.admin_host

      http {
        path {
          path      = "/admin"
          path_type = "Prefix"

          backend {
            service {
              name = kubernetes_service_v1.api.metadata[0].name

              port {
                name = "admin"
              }
            }
          }
        }
      }
    }
  }
}

resource "kubernetes_service_account_v1" "api_2_seed" {
  automount_service_account_token = false

  metadata {
    name      = "api-2-seed"
    namespace = var.namespace
    labels    = local.api_2_seed_labels
  }
}

resource "kubernetes_persistent_volume_claim_v1" "api_2_seed_scratch" {
  wait_until_bound = false

  metadata {
    name      = "api-2-seed-scratch"
    namespace = var.namespace
    labels    = local.api_2_seed_labels
  }

  spec {
    access_modes = ["ReadWriteOnce"]

    resources {
      requests = {
        storage = var._2_seed_scratch_size
      }
    }
  }
}

resource "kubernetes_job_v1" "api_2_seed" {
  wait_for_completion = true

  metadata {
    name      = "api-2-seed"
    namespace = var.namespace
    labels    = local.api_2_seed_labels
  }

  spec {
    backoff_limit = 6

    template {
      metadata {
        labels = local.api_2_seed_labels
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.api_2_seed.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false
        restart_policy                  = "OnFailure"

        security_context {
          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        container {
          name  = "seed"
          image = var._2_seed_image

          dynamic "env" {
            for_each = var._2_seed_environment

            content {
              name  = env.key
              value = env.value
            }
          }
        }

        volume {
          name = "scratch"

          persistent_volume_claim {
            claim_name = kubernetes_persistent_volume_claim_v1.api_2_seed_scratch.metadata[0].name
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
