variable "docker_host" {
  description = "The engine's address."
  type        = string
  default     = "unix:///var/run/docker.sock"
}

variable "name" {
  description = "What the network is called, and what the names of containers and volumes begin with."
  type        = string
  default     = "shop-staging"
}

variable "cache_image" {
  description = "The image of redis."
  type        = string
  default     = "redis:7.4.1"
}

variable "cache_memory_mib" {
  description = "Memory that cache may use at most, in MiB."
  type        = number
  default     = 512
}

variable "cache_cpus" {
  description = "CPUs that cache may use at most."
  type        = string
  default     = "0.5"
}

variable "migrate_image" {
  description = "The image of migrate."
  type        = string
  default     = "ghcr.io/shop/api:1.4.2"
}

variable "migrate_environment" {
  description = "Environment of migrate. No secrets: these are files."
  type        = map(string)
  default = {
    TZ = "UTC"
  }
}

variable "api_image" {
  description = "The image of api."
  type        = string
  default     = "ghcr.io/shop/api:1.4.2"
}

variable "api_memory_mib" {
  description = "Memory that api may use at most, in MiB."
  type        = number
  default     = 256
}

variable "api_replicas" {
  description = "How many containers of api run."
  type        = number
  default     = 2
}

variable "api_environment" {
  description = "Environment of api. No secrets: these are files."
  type        = map(string)
  default = {
    GREETING   = "a \"quoted\" $dollar $${brace} {{ helm }} %%{ tf } # no comment\nsecond line"
    LOG_LEVEL  = "info"
    ENABLED    = "no"
    REDIS_HOST = "cache:6379"
  }
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
