locals {
  cache_labels = merge(var.labels, {
    "app.kubernetes.io/name"      = "cache"
    "app.kubernetes.io/component" = "cache"
    "driftless.dev/component"     = "cache"
  })
  cache_selector = {
    "app.kubernetes.io/name"     = "cache"
    "app.kubernetes.io/instance" = "staging"
  }
  cache_create_labels = merge(var.labels, {
    "app.kubernetes.io/name"      = "cache-create"
    "app.kubernetes.io/component" = "cache"
    "driftless.dev/component"     = "cache"
  })
}

resource "kubernetes_service_account_v1" "cache" {
  automount_service_account_token = false

  metadata {
    name      = "cache"
    namespace = var.namespace
    labels    = local.cache_labels
  }
}

resource "kubernetes_config_map_v1" "cache_config" {
  data = {
    redis-conf = <<-EOT
      port 6379
      maxmemory 402653184
      maxmemory-policy allkeys-lru
      cluster-enabled yes
      save ""
      aclfile /run/acl/users.acl
      # a comment with $dollar and {{ braces }}
    EOT
    start      = <<-EOT
      #!/bin/sh
      set -eu
      password="$(cat /run/secrets/cache-app)"
      printf 'user app on >%s ~app:* +@read +@write\n' "$${password}" > /run/acl/users.acl
      exec redis-server /etc/redis/redis.conf
    EOT
  }

  metadata {
    name      = "cache-config"
    namespace = var.namespace
    labels    = local.cache_labels
  }
}

resource "kubernetes_service_v1" "cache_headless" {
  metadata {
    name      = "cache-headless"
    namespace = var.namespace
    labels    = local.cache_labels
  }

  spec {
    cluster_ip                  = "None"
    publish_not_ready_addresses = true
    selector                    = local.cache_selector

    port {
      name        = "redis"
      port        = 6379
      target_port = "redis"
      protocol    = "TCP"
    }

    port {
      name        = "bus"
      port        = 16379
      target_port = "bus"
      protocol    = "TCP"
    }
  }
}

resource "kubernetes_service_v1" "cache" {
  metadata {
    name      = "cache"
    namespace = var.namespace
    labels    = local.cache_labels
  }

  spec {
    type     = var.service_type
    selector = local.cache_selector

    port {
      name        = "redis"
      port        = 6379
      target_port = "redis"
      protocol    = "TCP"
    }

    port {
      name        = "bus"
      port        = 16379
      target_port = "bus"
      protocol    = "TCP"
    }
  }
}

resource "kubernetes_stateful_set_v1" "cache" {
  metadata {
    name      = "cache"
    namespace = var.namespace
    labels    = local.cache_labels
  }

  spec {
    service_name          = kubernetes_service_v1.cache_headless.metadata[0].name
    replicas              = var.replicas
    pod_management_policy = "Parallel"

    selector {
      match_labels = local.cache_selector
    }

    template {
      metadata {
        labels = local.cache_labels
        annotations = {
          "driftless.dev/checksum-config" = "e260d4ce8eb272828a1109229fc9aa3cf22b04dbbda24d6a9dab31563999ba4c"
        }
      }

      spec {
        service_account_name             = kubernetes_service_account_v1.cache.metadata[0].name
        automount_service_account_token  = false
        enable_service_links             = false
        termination_grace_period_seconds = 30

        security_context {
          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        container {
          name    = "redis"
          image   = var.image
          command = ["/usr/local/bin/start"]

          port {
            name           = "redis"
            container_port = 6379
            protocol       = "TCP"
          }

          port {
            name           = "bus"
            container_port = 16379
            protocol       = "TCP"
          }

          resources {
            requests = var.requests
            limits   = var.limits
          }

          readiness_probe {
            period_seconds    = 5
            timeout_seconds   = 3
            failure_threshold = 6

            exec {
              command = ["redis-cli", "ping"]
            }
          }

          liveness_probe {
            period_seconds        = 5
            timeout_seconds       = 3
            failure_threshold     = 6
            initial_delay_seconds = 10

            exec {
              command = ["redis-cli", "ping"]
            }
          }

          security_context {
            allow_privilege_escalation = false

            capabilities {
              drop = ["ALL"]
            }
          }

          volume_mount {
            name       = "data"
            mount_path = "/data"
          }

          volume_mount {
            name       = "etc-redis"
            mount_path = "/etc/redis"
            read_only  = true
          }

          volume_mount {
            name       = "run-secrets"
            mount_path = "/run/secrets"
            read_only  = true
          }

          volume_mount {
            name       = "config"
            mount_path = "/usr/local/bin/start"
            sub_path   = "start"
            read_only  = true
          }
        }

        volume {
          name = "etc-redis"

          config_map {
            name         = kubernetes_config_map_v1.cache_config.metadata[0].name
            default_mode = "0444"

            items {
              key  = "redis-conf"
              path = "redis.conf"
            }
          }
        }

        volume {
          name = "run-secrets"

          secret {
            secret_name  = var.secret_name
            default_mode = "0444"

            items {
              key  = "cache-app"
              path = "cache-app"
            }
          }
        }

        volume {
          name = "config"

          config_map {
            name         = kubernetes_config_map_v1.cache_config.metadata[0].name
            default_mode = "0444"

            items {
              key  = "start"
              path = "start"
              mode = "0555"
            }
          }
        }
      }
    }

    volume_claim_template {
      metadata {
        name   = "data"
        labels = local.cache_selector
      }

      spec {
        access_modes = ["ReadWriteOnce"]

        resources {
          requests = {
            storage = var.data_size
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

resource "kubernetes_pod_disruption_budget_v1" "cache" {
  metadata {
    name      = "cache"
    namespace = var.namespace
    labels    = local.cache_labels
  }

  spec {
    max_unavailable = var.max_unavailable

    selector {
      match_labels = local.cache_selector
    }
  }
}

resource "kubernetes_service_account_v1" "cache_create" {
  automount_service_account_token = false

  metadata {
    name      = "cache-create"
    namespace = var.namespace
    labels    = local.cache_create_labels
  }
}

resource "kubernetes_job_v1" "cache_create" {
  wait_for_completion = true

  metadata {
    name      = "cache-create"
    namespace = var.namespace
    labels    = local.cache_create_labels
  }

  spec {
    backoff_limit = 6

    template {
      metadata {
        labels = local.cache_create_labels
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.cache_create.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false
        restart_policy                  = "OnFailure"

        security_context {
          seccomp_profile {
            type = "RuntimeDefault"
          }
        }

        container {
          name  = "create"
          image = var.create_image
          command = [
            "/bin/sh",
            "-c",
            "sh -c 'redis-cli -h cache-0 cluster info | grep -q cluster_state:ok' && exit 0\nexec \"$@\"\n",
            "cache-create",
          ]
          args = [
            "redis-cli",
            "--cluster",
            "create",
            "cache-0.cache-headless:6379",
            "cache-1.cache-headless:6379",
            "cache-2.cache-headless:6379",
            "cache-3.cache-headless:6379",
            "cache-4.cache-headless:6379",
            "cache-5.cache-headless:6379",
            "--cluster-replicas",
            "1",
            "--cluster-yes",
          ]
        }
      }
    }
  }

  timeouts {
    create = "15m"
    update = "15m"
  }

  depends_on = [kubernetes_stateful_set_v1.cache]
}
