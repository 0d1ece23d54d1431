variable "kubeconfig" {
  description = "Path of the kubeconfig file; null: as the provider's environment variables say."
  type        = string
  default     = "~/.kube/config"
}

variable "kube_context" {
  description = "Context in the kubeconfig file; null: the current one."
  type        = string
  default     = null
}

variable "namespace" {
  description = "The namespace of all objects. It has to be there."
  type        = string
  default     = "shop-staging"
}

variable "secret_name" {
  description = "The Secret that containers read secrets from."
  type        = string
  default     = "staging-secrets"
}

variable "cache_service_type" {
  description = "Who reaches the service cache: ClusterIP, NodePort or LoadBalancer."
  type        = string
  default     = "ClusterIP"
}

variable "cache_replicas" {
  description = "How many pods of cache run."
  type        = number
  default     = 6
}

variable "cache_image" {
  description = "The image of redis."
  type        = string
  default     = "redis:7.4.1"
}

variable "cache_requests" {
  description = "What redis asks for."
  type        = map(string)
  default = {
    cpu    = "100m"
    memory = "512Mi"
  }
}

variable "cache_limits" {
  description = "What redis may use at most."
  type        = map(string)
  default = {
    cpu    = "500m"
    memory = "512Mi"
  }
}

variable "cache_data_size" {
  description = "How much storage data of cache asks for."
  type        = string
  default     = "1Gi"
}

variable "cache_max_unavailable" {
  description = "How many pods of cache may be away while nodes are drained: a number or a percentage."
  type        = string
  default     = "1"
}

variable "cache_create_image" {
  description = "The image of create."
  type        = string
  default     = "redis:7.4.1"
}

variable "migrate_image" {
  description = "The image of migrate."
  type        = string
  default     = "ghcr.io/shop/api:1.4.2"
}

variable "migrate_environment" {
  description = "Environment variables of migrate."
  type        = map(string)
  default = {
    TZ = "UTC"
  }
}

variable "api_service_type" {
  description = "Who reaches the service api: ClusterIP, NodePort or LoadBalancer."
  type        = string
  default     = "ClusterIP"
}

variable "api_replicas" {
  description = "How many pods of api run."
  type        = number
  default     = 2
}

variable "api_image" {
  description = "The image of api."
  type        = string
  default     = "api:2"
}

variable "api_limits" {
  description = "What api may use at most."
  type        = map(string)
  default = {
    memory = "256Mi"
  }
}

variable "api_environment" {
  description = "Environment variables of api."
  type        = map(string)
  default = {
    GREETING   = "a \"quoted\" $dollar $${brace} {{ helm }} %%{ tf } # no comment\nsecond line"
    LOG_LEVEL  = "info"
    ENABLED    = "no"
    REDIS_HOST = "cache:6379"
  }
}

variable "api_max_unavailable" {
  description = "How many pods of api may be away while nodes are drained: a number or a percentage."
  type        = string
  default     = "1"
}

variable "api_http_host" {
  description = "The host name of api."
  type        = string
  default     = "api.shop.example"
}

variable "secret_cache_app" {
  description = "The secret cache-app."
  type        = string
  sensitive   = true
}

variable "secret_stripe" {
  description = "The secret stripe."
  type        = string
  sensitive   = true
}
