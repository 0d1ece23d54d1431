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

variable "api_uploads_size" {
  description = "How much storage uploads of api asks for."
  type        = string
  default     = "1Gi"
}

variable "api_service_type" {
  description = "Who reaches the service api: ClusterIP, NodePort or LoadBalancer."
  type        = string
  default     = "ClusterIP"
}

variable "api_replicas" {
  description = "How many pods of api run."
  type        = number
  default     = 3
}

variable "api_image" {
  description = "The image of api."
  type        = string
  default     = "localhost:5000/shop/api:1.4.2@sha256:0123456789abcdef"
}

variable "api_environment" {
  description = "Environment variables of api."
  type        = map(string)
  default = {
    "DOTTED.NAME-1" = "$$(HOST) is no reference"
    MULTI           = "a\n  b\n\n{{ c }}\n"
    HTML            = "<a href=\"&amp;\">\u2029</a>"
    OCTAL           = "0777"
  }
}

variable "api_proxy_1_image" {
  description = "The image of proxy-1."
  type        = string
  default     = "proxy"
}

variable "api_proxy_1_environment" {
  description = "Environment variables of proxy-1."
  type        = map(string)
  default = {
    A = "b"
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

variable "api_admin_host" {
  description = "The host name of api."
  type        = string
  default     = "admin.shop.example"
}

variable "api__2_seed_scratch_size" {
  description = "How much storage scratch of api-2-seed asks for."
  type        = string
  default     = "1Gi"
}

variable "api__2_seed_image" {
  description = "The image of seed."
  type        = string
  default     = "seed:1"
}

variable "api__2_seed_environment" {
  description = "Environment variables of seed."
  type        = map(string)
  default = {
    URL  = "api:8080"
    HTML = "<&>\u2028"
  }
}

variable "secret_stripe" {
  description = "The secret stripe."
  type        = string
  sensitive   = true
}

variable "known_net_token" {
  description = "What net reports as token."
  type        = string
  sensitive   = true
}

variable "known_net_host" {
  description = "What net reports as host."
  type        = string
}
